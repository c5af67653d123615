using System.Buffers.Binary;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.State;

/// <summary>
/// What a stored state says about itself: version, class capacity, floats of the read and the plastic arena, bytes of the label table, then the units of every population
/// that may grow; little-endian 32-bit integers.
/// </summary>
/// <param name="ClassCapacity">Classes that fit; 0 for values.</param>
/// <param name="ReadLength">Floats of the read arena.</param>
/// <param name="PlasticLength">Floats of the plastic arena.</param>
/// <param name="LabelByteCount">Bytes of the label table.</param>
/// <param name="Units">Units of the populations that may grow, in the order of the spec.</param>
internal readonly record struct ModelManifest(int ClassCapacity, int ReadLength, int PlasticLength, int LabelByteCount, int[] Units)
{
    private const int Version = 1;
    private const int FixedLength = 20;

    /// <summary>Reads a manifest and holds it against the spec.</summary>
    /// <param name="manifest">The bytes.</param>
    /// <param name="spec">The spec that the state was made with.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="InvalidDataException">It is not known to this engine, or does not fit the spec.</exception>
    public static ModelManifest Read(ReadOnlySpan<byte> manifest, ModelSpec spec)
    {
        var units = ModelSizes.FirstUnits(spec);
        if (manifest.Length != FixedLength + (units.Length * sizeof(int)) || BinaryPrimitives.ReadInt32LittleEndian(manifest) != Version)
        {
            throw new InvalidDataException("The state's manifest is not known to this engine.");
        }

        var capacity = BinaryPrimitives.ReadInt32LittleEndian(manifest[4..]);
        if (capacity < 0 || capacity > ModelSizes.MostClasses(spec))
        {
            throw new InvalidDataException("The state does not fit the spec: it has room for more classes than the spec allows.");
        }

        var growth = ModelSizes.GrowthOf(spec);
        for (var i = 0; i < units.Length; i++)
        {
            var stored = BinaryPrimitives.ReadInt32LittleEndian(manifest[(FixedLength + (i * sizeof(int)))..]);
            units[i] = stored >= units[i] && stored <= growth[i].MaxUnits
                ? stored
                : throw new InvalidDataException($"The state does not fit the spec: population '{growth[i].Population}' has {stored} units.");
        }

        return new ModelManifest(
            capacity,
            BinaryPrimitives.ReadInt32LittleEndian(manifest[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(manifest[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(manifest[16..]),
            units);
    }

    /// <summary>Writes it.</summary>
    /// <returns>The bytes.</returns>
    public byte[] Write()
    {
        var manifest = new byte[FixedLength + (Units.Length * sizeof(int))];
        BinaryPrimitives.WriteInt32LittleEndian(manifest, Version);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(4), ClassCapacity);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(8), ReadLength);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(12), PlasticLength);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(16), LabelByteCount);
        for (var i = 0; i < Units.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(FixedLength + (i * sizeof(int))), Units[i]);
        }

        return manifest;
    }
}

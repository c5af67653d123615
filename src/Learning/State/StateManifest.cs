using System.Buffers.Binary;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.State;

/// <summary>Shape of a captured state: what a program must be compiled for before the bytes fit it.</summary>
/// <remarks>Little-endian int32 each: manifest version, class capacity, floats of Read, floats of Plastic, bytes of class names, then the units of every population that can grow.</remarks>
public sealed record StateManifest
{
    private const int Version = 1;
    private const int Words = 5;

    /// <summary>Classes that fit; 0 for values.</summary>
    public required int ClassCapacity { get; init; }

    /// <summary>Floats of Read.</summary>
    public required int ReadFloats { get; init; }

    /// <summary>Floats of Plastic.</summary>
    public required int PlasticFloats { get; init; }

    /// <summary>Bytes of class names, behind the two arenas.</summary>
    public required int LabelBytes { get; init; }

    /// <summary>Units of the populations that can grow, in the order of the spec.</summary>
    public required IReadOnlyList<int> Units { get; init; }

    /// <summary>Where the class names begin.</summary>
    public long LabelOffset => ((long)ReadFloats + PlasticFloats) * sizeof(float);

    /// <summary>Bytes of the whole state.</summary>
    public long ByteCount => LabelOffset + LabelBytes;

    /// <summary>Reads a manifest.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="InvalidDataException">It is none, or names lengths that cannot be.</exception>
    public static StateManifest Read(ReadOnlySpan<byte> bytes)
    {
        var count = bytes.Length / sizeof(int);
        if (bytes.Length % sizeof(int) != 0 || count < Words || BinaryPrimitives.ReadInt32LittleEndian(bytes) != Version)
        {
            throw new InvalidDataException("The state's manifest is not known to this engine.");
        }

        var words = new int[count];
        for (var i = 0; i < count; i++)
        {
            words[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * sizeof(int))..]);
        }

        return words[1] >= 0 && words[2] >= 0 && words[3] >= 0 && words[4] > 0
            ? new StateManifest { ClassCapacity = words[1], ReadFloats = words[2], PlasticFloats = words[3], LabelBytes = words[4], Units = words[Words..] }
            : throw new InvalidDataException("The state's manifest names lengths that cannot be.");
    }

    /// <summary>The manifest as bytes.</summary>
    /// <returns>The bytes.</returns>
    public byte[] Write()
    {
        ReadOnlySpan<int> words = [Version, ClassCapacity, ReadFloats, PlasticFloats, LabelBytes, .. Units];
        var bytes = new byte[words.Length * sizeof(int)];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), words[i]);
        }

        return bytes;
    }

    /// <summary>Refuses a shape that no state of a spec has. Takes no memory for a state.</summary>
    /// <param name="spec">A spec without mistakes.</param>
    /// <param name="byteCount">Bytes that the state has.</param>
    /// <returns>The program that the state belongs to.</returns>
    /// <exception cref="InvalidDataException">It does not fit.</exception>
    internal Learner CheckFits(ModelSpec spec, long byteCount)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var most = Model.MostClasses(spec);
        if (ClassCapacity > most || (ClassCapacity == 0) != (most == 0))
        {
            throw new InvalidDataException("The state does not fit the spec: it has room for another number of classes than the spec allows.");
        }

        GrowthSpec[] growth = Model.GrowthOf(spec);
        var first = Model.FirstUnits(spec);
        if (Units.Count != growth.Length)
        {
            throw new InvalidDataException("The state does not fit the spec: another number of populations can grow.");
        }

        for (var i = 0; i < growth.Length; i++)
        {
            if (Units[i] < first[i] || Units[i] > growth[i].MaxUnits)
            {
                throw new InvalidDataException($"The state does not fit the spec: population '{growth[i].Population}' has {Units[i]} units.");
            }
        }

        var learner = LearnerCompiler.Compile(Model.Sized(spec, [.. Units]), ClassCapacity);
        return ReadFloats == learner.Layout.LengthOf(Region.Read) && PlasticFloats == learner.Layout.LengthOf(Region.Plastic) && byteCount == ByteCount
            ? learner
            : throw new InvalidDataException("The state does not fit the spec: its arenas have other lengths.");
    }
}

using System.Buffers.Binary;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.State;

/// <summary>Shape of a captured state: what a program must be compiled for before the bytes fit it.</summary>
/// <remarks>Little-endian int32 each: manifest version, class capacity, floats of Read, floats of Plastic, bytes of class names, then the units of every population that can grow.</remarks>
public sealed record ModelManifest
{
    private const int Version = 1;
    private const int Words = 5;

    /// <summary>Classes that fit; 0 for values.</summary>
    public required int ClassCapacity { get; init; }

    /// <summary>Floats of Read.</summary>
    public required int ReadLength { get; init; }

    /// <summary>Floats of Plastic.</summary>
    public required int PlasticLength { get; init; }

    /// <summary>Bytes of class names, behind the two arenas.</summary>
    public required int LabelByteCount { get; init; }

    /// <summary>Units of the populations that can grow, in the order of the spec.</summary>
    public required IReadOnlyList<int> Units { get; init; }

    /// <summary>Where the class names begin.</summary>
    public long LabelOffset => ((long)ReadLength + PlasticLength) * sizeof(float);

    /// <summary>Bytes of the whole state.</summary>
    public long ByteCount => LabelOffset + LabelByteCount;

    /// <summary>Reads a manifest.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>The shape.</returns>
    /// <exception cref="InvalidDataException">It is none, or names lengths that cannot be.</exception>
    public static ModelManifest Read(ReadOnlySpan<byte> bytes)
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
            ? new ModelManifest { ClassCapacity = words[1], ReadLength = words[2], PlasticLength = words[3], LabelByteCount = words[4], Units = words[Words..] }
            : throw new InvalidDataException("The state's manifest names lengths that cannot be.");
    }

    /// <summary>The manifest as bytes.</summary>
    /// <returns>The bytes.</returns>
    public byte[] Write()
    {
        ReadOnlySpan<int> words = [Version, ClassCapacity, ReadLength, PlasticLength, LabelByteCount, .. Units];
        var bytes = new byte[words.Length * sizeof(int)];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), words[i]);
        }

        return bytes;
    }

    /// <summary>Refuses a shape that no state of a spec has, before any memory is taken for one.</summary>
    /// <param name="spec">A spec; what is wrong with it is told.</param>
    /// <param name="byteCount">Bytes that the state has.</param>
    /// <returns>The program that the state belongs to.</returns>
    /// <exception cref="SpecException">The spec has mistakes.</exception>
    /// <exception cref="InvalidDataException">It does not fit.</exception>
    public Learner Compile(ModelSpec spec, long byteCount) =>
        Compile(spec, byteCount, static (sized, classCapacity) => new ModelProgram(LearnerCompiler.Compile(sized, classCapacity))).Learner;

    /// <summary>The same with another way of compiling a spec for a number of classes.</summary>
    internal ModelProgram Compile(ModelSpec spec, long byteCount, Func<ModelSpec, int, ModelProgram> compile)
    {
        SpecValidator.Check(spec);
        var most = ModelSizes.MostClasses(spec);
        if (ClassCapacity > most || (ClassCapacity == 0) != (most == 0))
        {
            throw new InvalidDataException("The state does not fit the spec: it has room for another number of classes than the spec allows.");
        }

        var growth = ModelSizes.GrowthOf(spec);
        var first = ModelSizes.FirstUnits(spec);
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

        var program = compile(ModelSizes.Sized(spec, [.. Units]), ClassCapacity);
        var layout = program.Learner.Layout;
        return ReadLength == layout.LengthOf(Region.Read) && PlasticLength == layout.LengthOf(Region.Plastic) && byteCount == ByteCount
            ? program
            : throw new InvalidDataException("The state does not fit the spec: its arenas have other lengths.");
    }
}

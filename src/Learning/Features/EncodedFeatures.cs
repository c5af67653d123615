using System.Text;

namespace LifelongApi.Learning.Features;

/// <summary>An encoder's output as a payload holds it, with what made it.</summary>
public readonly ref struct EncodedFeatures
{
    /// <summary>Bytes of <see cref="EncoderHash"/>.</summary>
    public const int HashLength = 32;

    /// <summary>SHA-256 of the encoder's file.</summary>
    public required ReadOnlySpan<byte> EncoderHash { get; init; }

    /// <summary>Name of the tensor whose numbers these are, UTF-8.</summary>
    public required ReadOnlySpan<byte> Tensor { get; init; }

    /// <summary>Name and version of the runtime that made them, UTF-8.</summary>
    public required ReadOnlySpan<byte> Runtime { get; init; }

    /// <summary>The output: little-endian float32, finite.</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>How many numbers there are.</summary>
    public int Count => Bytes.Length / sizeof(float);

    /// <summary>Reads what follows tag and count.</summary>
    internal static EncodedFeatures Read(scoped ref PayloadCursor cursor, int count) => new()
    {
        EncoderHash = cursor.Bytes(HashLength),
        Tensor = cursor.Bytes(cursor.Count()),
        Runtime = cursor.Bytes(cursor.Count()),
        Bytes = cursor.Bytes(count <= int.MaxValue / sizeof(float) ? count * sizeof(float) : throw new InvalidDataException("A count in the payload is out of range.")),
    };

    /// <summary>Which encoder it is, for a message.</summary>
    internal string Describe() => $"tensor '{Encoding.UTF8.GetString(Tensor)}' of encoder sha256:{Convert.ToHexStringLower(EncoderHash)}";
}

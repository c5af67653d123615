using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LifelongApi.Storage.Journal;

/// <summary>
/// AES-256-GCM under a subject's key. Layout: nonce (12) | tag (16) | ciphertext. Bound to (stream, sequence) as associated data,
/// so that a sealed payload cannot be moved to another event; a sealed name is bound to sequence 0.
/// </summary>
internal static class SubjectSeal
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>Seals bytes.</summary>
    public static byte[] Close(byte[] key, long streamId, long sequence, ReadOnlySpan<byte> plain)
    {
        var result = new byte[NonceLength + TagLength + plain.Length];
        var nonce = result.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> place = stackalloc byte[16];
        WritePlace(place, streamId, sequence);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, plain, result.AsSpan(NonceLength + TagLength), result.AsSpan(NonceLength, TagLength), place);
        return result;
    }

    /// <summary>Opens sealed bytes; throws <see cref="AuthenticationTagMismatchException"/> where they were changed.</summary>
    public static byte[] Open(byte[] key, long streamId, long sequence, ReadOnlySpan<byte> closed)
    {
        var plain = new byte[closed.Length - NonceLength - TagLength];
        Span<byte> place = stackalloc byte[16];
        WritePlace(place, streamId, sequence);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Decrypt(closed[..NonceLength], closed[(NonceLength + TagLength)..], closed.Slice(NonceLength, TagLength), plain, place);
        return plain;
    }

    /// <summary>Seals a subject's name.</summary>
    public static byte[] CloseName(byte[] key, long streamId, string name) => Close(key, streamId, 0, Encoding.UTF8.GetBytes(name));

    /// <summary>Opens a subject's name.</summary>
    public static string OpenName(byte[] key, long streamId, byte[] closed) => Encoding.UTF8.GetString(Open(key, streamId, 0, closed));

    private static void WritePlace(Span<byte> place, long streamId, long sequence)
    {
        BinaryPrimitives.WriteInt64LittleEndian(place, streamId);
        BinaryPrimitives.WriteInt64LittleEndian(place[8..], sequence);
    }
}

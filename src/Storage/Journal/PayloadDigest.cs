using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LifelongApi.Contracts.Journal;

namespace LifelongApi.Storage.Journal;

/// <summary>
/// The stored hash of what an event says, 16 bytes (kind, weight, payload without an encoder's output).
/// With a subject it is keyed with the subject's key, a commitment that says nothing once the key is destroyed.
/// </summary>
internal static class PayloadDigest
{
    /// <summary>Bytes of a stored hash.</summary>
    public const int Length = 16;

    /// <summary>First 16 bytes of SHA-256, or of HMAC-SHA-256 where there is a key, over kind (1 byte), weight (float32, little-endian) and what was said.</summary>
    public static byte[] OfContent(JournalEvent item, byte[]? subjectKey)
    {
        var said = item.Said ?? item.Payload;
        var length = 5 + said.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        buffer[0] = (byte)item.Kind;
        BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(1), item.Weight);
        said.Span.CopyTo(buffer.AsSpan(5));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (subjectKey is null)
        {
            SHA256.HashData(buffer.AsSpan(0, length), hash);
        }
        else
        {
            HMACSHA256.HashData(subjectKey, buffer.AsSpan(0, length), hash);
        }

        buffer.AsSpan(0, length).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
        return hash[..Length].ToArray();
    }

    /// <summary>First 16 bytes of HMAC-SHA-256 of a subject's name under the stream's salt.</summary>
    public static byte[] OfSubject(string name, byte[] salt)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(name), hash);
        return hash[..Length].ToArray();
    }
}

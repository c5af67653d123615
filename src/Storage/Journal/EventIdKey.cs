using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LifelongApi.Storage.Journal;

/// <summary>How the ids of a stream's events become keys. A stream keeps the one that it began with.</summary>
public enum EventIdScheme : short
{
    /// <summary>First 16 bytes of SHA-256 of the UTF-8 id: streams from before there was another, and what was imported or forked from them.</summary>
    Hash = 0,

    /// <summary>Keys that go up where ids do, so that the index grows at one end (decision 28).</summary>
    Ordered = 1,
}

/// <summary>
/// The key of an event's id in the index of ids. Two ids have one key only where both are hashed and their hashes collide.
/// An ordered key is a tag and what the id is made of: the 16 bytes of a UUID, which for one with a time in front is its order; what stands before a row number and the number,
/// big-endian; the id itself; or, of an id too long for that, the hash.
/// </summary>
internal static class EventIdKey
{
    private const int HashLength = 16;
    private const int MostTextBytes = 64;
    private const int MostDigits = 18;
    private const int UuidCharacters = 36;
    private const byte Hashed = 0;
    private const byte Uuid = 1;
    private const byte Numbered = 2;
    private const byte Text = 3;

    /// <summary>The key of an id.</summary>
    public static byte[] Of(string eventId, EventIdScheme scheme) => scheme == EventIdScheme.Hash ? HashOf(eventId, []) : OrderedOf(eventId);

    private static byte[] OrderedOf(string eventId)
    {
        if (eventId.Length == UuidCharacters && Guid.TryParseExact(eventId, "D", out var uuid) && IsSpelling(eventId, uuid))
        {
            var key = new byte[17];
            key[0] = Uuid;
            uuid.TryWriteBytes(key.AsSpan(1), bigEndian: true, out _);
            return key;
        }

        var digits = DigitsAtEnd(eventId);
        var text = eventId.AsSpan(0, eventId.Length - digits);
        var length = text.Length > MostTextBytes ? int.MaxValue : Encoding.UTF8.GetByteCount(text);
        if (length > MostTextBytes)
        {
            return HashOf(eventId, [Hashed]);
        }

        var ordered = new byte[1 + length + (digits > 0 ? sizeof(long) : 0)];
        ordered[0] = digits > 0 ? Numbered : Text;
        Encoding.UTF8.GetBytes(text, ordered.AsSpan(1));
        if (digits > 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(ordered.AsSpan(1 + length), long.Parse(eventId.AsSpan(text.Length), NumberStyles.None, CultureInfo.InvariantCulture));
        }

        return ordered;
    }

    /// <summary>Digits at the end that are a number as it is written: one that begins with 0 would not come back from its value, and text of one width is in order as it is.</summary>
    private static int DigitsAtEnd(string text)
    {
        var start = text.Length;
        while (start > 0 && char.IsAsciiDigit(text[start - 1]))
        {
            start--;
        }

        var digits = text.Length - start;
        return digits is 0 or > MostDigits || (digits > 1 && text[start] == '0') ? 0 : digits;
    }

    /// <summary>Whether a UUID is written like this: another spelling of it is another id.</summary>
    private static bool IsSpelling(string eventId, Guid uuid)
    {
        Span<char> written = stackalloc char[UuidCharacters];
        return uuid.TryFormat(written, out _, "D") && written.SequenceEqual(eventId);
    }

    private static byte[] HashOf(string eventId, ReadOnlySpan<byte> tag)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(eventId), hash);
        return [.. tag, .. hash[..HashLength]];
    }
}

/// <summary>Compares keys by their bytes, as both databases do.</summary>
internal sealed class KeyComparer : IEqualityComparer<byte[]>, IComparer<byte[]>
{
    /// <summary>The one there need be.</summary>
    public static KeyComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    /// <inheritdoc/>
    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);

    /// <inheritdoc/>
    public int GetHashCode(byte[] key)
    {
        var hash = default(HashCode);
        hash.AddBytes(key);
        return hash.ToHashCode();
    }
}

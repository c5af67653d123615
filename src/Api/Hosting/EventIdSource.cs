using System.Buffers.Binary;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Ids that the service makes: UUIDv7, each above the one before, also within a millisecond and when the clock is set back (RFC 9562, 6.2, method 2:
/// a random beginning, then one more each time). So the index of ids grows at its end, and the system is asked for random bits once a millisecond. One caller at a time.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class EventIdSource(TimeProvider time)
{
    private const int Bytes = 16;
    private const ulong Counter = ulong.MaxValue >> 2;
    private readonly byte[] _last = new byte[Bytes];
    private long _millisecond = long.MinValue;

    /// <summary>The next id.</summary>
    public string Next()
    {
        var now = time.GetUtcNow();
        var low = BinaryPrimitives.ReadUInt64BigEndian(_last.AsSpan(Bytes / 2));
        if (now.ToUnixTimeMilliseconds() > _millisecond || (low & Counter) == Counter)
        {
            _millisecond = now.ToUnixTimeMilliseconds();
            Guid.CreateVersion7(now).TryWriteBytes(_last, bigEndian: true, out _);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(_last.AsSpan(Bytes / 2), low + 1);
        }

        return new Guid(_last, bigEndian: true).ToString();
    }
}

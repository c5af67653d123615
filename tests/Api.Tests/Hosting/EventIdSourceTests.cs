using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class EventIdSourceTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    [Fact]
    public void Ids_go_up_within_a_millisecond_from_one_to_the_next_and_when_the_clock_is_set_back()
    {
        var time = new ClockToSet { Now = Now };
        var source = new EventIdSource(time);
        List<string> ids = [.. Enumerable.Range(0, 1_000).Select(_ => source.Next())];
        time.Now = Now.AddMilliseconds(5);
        ids.AddRange(Enumerable.Range(0, 10).Select(_ => source.Next()));
        time.Now = Now.AddDays(-1);
        ids.AddRange(Enumerable.Range(0, 10).Select(_ => source.Next()));
        time.Now = Now.AddMilliseconds(6);
        ids.AddRange(Enumerable.Range(0, 10).Select(_ => source.Next()));

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void An_id_is_a_UUID_of_version_7_with_the_time()
    {
        var bytes = Guid.Parse(new EventIdSource(new ClockToSet { Now = Now }).Next()).ToByteArray(bigEndian: true);

        Assert.Equal(0x70, bytes[6] & 0xF0);
        Assert.Equal(0x80, bytes[8] & 0xC0);
        Assert.Equal(Now.ToUnixTimeMilliseconds(), System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
    }

    [Fact]
    public void Two_sources_at_one_time_make_different_ids()
    {
        var (one, other) = (new EventIdSource(new ClockToSet { Now = Now }), new EventIdSource(new ClockToSet { Now = Now }));

        Assert.Empty(Enumerable.Range(0, 1_000).Select(_ => one.Next()).Intersect(Enumerable.Range(0, 1_000).Select(_ => other.Next())));
    }

    private sealed class ClockToSet : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

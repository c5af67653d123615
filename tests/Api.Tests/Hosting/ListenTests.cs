using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Events;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>What listeners are told, and that nobody waits for them.</summary>
public sealed class ListenTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Who_comes_back_hears_what_was_missed_and_then_what_happens(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", [.. Rows(3), Row(1, 2, "up", "t", "one")]);
        await using var live = await ListenAsync(house, "m", null);
        await house.LearnAsync("m", Rows(2, 10));
        await house.Models.CreateSnapshotAsync("m", new() { Note = "kept" }, Token);
        await house.Models.EndTaskAsync("m", "one", null, null, Token);

        var heard = await live.TakeAsync(told => told.Type == ModelEventType.Task);
        Assert.Equal(["learned row-10", "learned row-11", "version snapshot", "task ended"], heard.Where(IsPlain).Select(Text));

        await house.StartAfterKillAsync();
        await using var resumed = await ListenAsync(house, "m", 2);
        await house.LearnAsync("m", Rows(1, 20));
        var missed = await resumed.TakeAsync(told => told.EventId == "row-20");
        Assert.Equal(
            ["learned row-2", "task began", "learned t", "learned row-10", "learned row-11", "task ended", "version snapshot", "learned row-20"],
            missed.Where(told => told.Cause != "recovery" && IsPlain(told)).Select(Text));
        Assert.All(missed.Where(told => told.Type == ModelEventType.Learned), told => Assert.Equal(LearnStatus.Learned, told.Status));
        Assert.Contains(missed, told => told.Type == ModelEventType.Modulators && told.Levels!.Count > 0);
        Assert.Equal(missed.Where(told => told.Type == ModelEventType.Learned).Select(told => told.Loss), missed.Where(told => told.Loss is not null).Select(told => told.Loss));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Growth_restores_sleep_and_a_follower_are_told_and_types_leave_the_rest_out(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.CreateAsync("f", follow: "m");
        await using var live = await ListenAsync(house, "m", 0, ModelEventType.Growth, ModelEventType.Restored, ModelEventType.Sleep);
        await using var follower = await ListenAsync(house, "f", 0, ModelEventType.Learned, ModelEventType.Growth);
        await house.LearnAsync("m", [.. Enumerable.Range(0, 18).Select(i => Row(i, -i, $"class {i}", $"g-{i}"))]);
        await house.Models.RestoreAsync("m", 1, null, Token);
        await house.Models.SleepAsync("m", new() { Slices = 1 }, null, null, Token);

        var heard = await live.TakeAsync(told => told.Type == ModelEventType.Sleep);
        Assert.Equal([ModelEventType.Growth, ModelEventType.Restored, ModelEventType.Sleep], heard.Select(told => told.Type));
        Assert.Equal((32, 1, "2:20"), (heard[0].Classes, heard[1].Version, heard[1].Position));
        var followed = await follower.TakeAsync(told => told.EventId == "g-17");
        Assert.Equal(18, followed.Count(told => told.Type == ModelEventType.Learned));
        Assert.Single(followed, told => told.Type == ModelEventType.Growth);

        // The dead lineage is not told again, that the model went back is.
        await using var after = await ListenAsync(house, "m", 0, ModelEventType.Learned, ModelEventType.Growth, ModelEventType.Restored, ModelEventType.Sleep);
        Assert.Equal([ModelEventType.Restored, ModelEventType.Sleep], (await after.TakeAsync(told => told.Type == ModelEventType.Sleep)).Select(told => told.Type));

        // The follower's outcomes are in the store as the leader's are.
        await house.RestartAsync();
        await using var again = await ListenAsync(house, "f", 0, ModelEventType.Learned);
        Assert.All(await again.TakeAsync(told => told.EventId == "g-17"), told => Assert.Equal(LearnStatus.Learned, told.Status));
    }

    [Fact]
    public async Task A_listener_that_does_not_listen_is_told_what_it_missed_and_nobody_waits_for_it()
    {
        await using var house = await OpenAsync(options => options.FeedCapacity = 4);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(1));
        await using var slow = await ListenAsync(house, "m", null, ModelEventType.Learned);
        await house.LearnAsync("m", Rows(1, 1));
        Assert.Equal("row-1", (await slow.TakeAsync(_ => true)).Single().EventId);

        // Nobody takes anything meanwhile, and learning ends all the same.
        await house.LearnAsync("m", Rows(100, 2));
        var heard = await slow.TakeAsync(told => told.Sequence == 102);
        var gap = heard.First(told => told.Type == ModelEventType.Dropped);
        var next = 3L;
        foreach (var told in heard)
        {
            // Every event is told, or is in a gap, in order.
            Assert.Equal(next, told.From ?? told.Sequence);
            Assert.Equal(told.Count ?? 1, told.Sequence - next + 1);
            next = told.Sequence + 1;
        }

        await house.LearnAsync("m", Rows(1, 200));
        Assert.Equal("row-200", (await slow.TakeAsync(_ => true)).Single().EventId);
        await using var caught = await ListenAsync(house, "m", gap.From - 1, ModelEventType.Learned);
        Assert.Equal(102 - gap.From + 2, (await caught.TakeAsync(told => told.EventId == "row-200")).Count);
    }

    [Fact]
    public async Task A_stream_that_closes_ends_what_is_said()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("m");
        await using var live = await ListenAsync(house, "m", null, ModelEventType.Learned);
        await house.LearnAsync("m", Rows(1));
        await live.TakeAsync(_ => true);
        await house.Models.DeleteAsync("m", Token);
        Assert.Empty(await live.TakeAsync(_ => false));
    }

    [Fact]
    public void A_gap_is_told_behind_what_waits_and_before_what_comes()
    {
        using var listener = new FeedListener(null!, 2, _ => { });
        for (var i = 1; i <= 5; i++)
        {
            listener.Offer(Item(i));
        }

        var (items, gap, isLast) = listener.Take();
        Assert.Equal([1L, 2L], items.Select(item => item.Sequence));
        Assert.Equal((new FeedGap(3, 5, 3), false), (gap, isLast));
        Assert.False(listener.NewsAsync().IsCompleted);
        listener.Offer(Item(6));
        Assert.True(listener.NewsAsync().IsCompleted);
        listener.Close();
        listener.Offer(Item(7));
        (items, gap, isLast) = listener.Take();
        Assert.Equal([6L], items.Select(item => item.Sequence));
        Assert.Equal((null, true), (gap, isLast));

        static FeedItem Item(long sequence) => new(null!, sequence, new JournalEvent { Sequence = sequence, EventId = "e", Kind = EventKind.Learned, ReceivedAt = 0, Payload = default }, default, null);
    }

    // How often levels are told depends on how much they move.
    private static bool IsPlain(ModelEvent told) => told.Type is not (ModelEventType.Modulators or ModelEventType.Growth);

    private static string Text(ModelEvent told) => $"{told.Type.ToString().ToLowerInvariant()} {told.EventId ?? told.Change ?? told.Cause}";

    private static async Task<Listening> ListenAsync(House house, string model, long? after, params ModelEventType[] types)
    {
        var lease = await house.Models.AcquireAsync(model, Token);
        return await Listening.BeginAsync(lease, after, types.Length == 0 ? null : types.ToHashSet());
    }

    /// <summary>One listener, as a request holds it.</summary>
    private sealed class Listening : IAsyncDisposable
    {
        private readonly ModelLease _lease;
        private readonly IAsyncEnumerator<ToldEvent> _events;
        private Task<bool> _next;

        private Listening(ModelLease lease, IAsyncEnumerator<ToldEvent> events)
        {
            _lease = lease;
            _events = events;
            _next = events.MoveNextAsync().AsTask();
        }

        /// <summary>Listens from now on: the first step of the enumerator registers it.</summary>
        public static Task<Listening> BeginAsync(ModelLease lease, long? after, IReadOnlySet<ModelEventType>? types) =>
            Task.FromResult(new Listening(lease, lease.ListenAsync(after, types, Timeout.InfiniteTimeSpan, Token).GetAsyncEnumerator(Token)));

        public async Task<List<ModelEvent>> TakeAsync(Func<ModelEvent, bool> isLast)
        {
            var heard = new List<ModelEvent>();
            while (await _next.WaitAsync(TimeSpan.FromMinutes(2), Token))
            {
                var told = _events.Current.Event!;
                _next = _events.MoveNextAsync().AsTask();
                heard.Add(told);
                if (isLast(told))
                {
                    break;
                }
            }

            return heard;
        }

        public async ValueTask DisposeAsync()
        {
            _lease.Dispose();
            if (_next.IsCompleted)
            {
                await _events.DisposeAsync();
            }
        }
    }
}

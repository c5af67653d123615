using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Journal;

namespace LifelongApi.Storage.Tests;

public sealed class JournalTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Every_field_of_an_event_comes_back_as_it_was_written(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var full = new JournalEvent
        {
            Sequence = 3,
            EventId = "größer-☃",
            Kind = EventKind.Observed,
            Task = "winter",
            Entity = "meter-7",
            Actor = "ingest",
            OccurredAt = -5,
            ReceivedAt = 1_700_000_000_123_456,
            Weight = 0.1f,
            Payload = new byte[] { 0, 1, 2, 255 },
        };
        await store.AppendAsync(StoreFixture.Event(1), full);

        var read = await store.ReadAsync();

        Assert.Equal([1L, 3L], read.Select(item => item.Sequence));
        Assert.Equal(full with { Payload = default }, read[1] with { Payload = default });
        Assert.Equal(full.Payload.ToArray(), read[1].Payload.ToArray());
        Assert.Null(read[0].Task);
        Assert.Null(read[0].OccurredAt);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Ranges_with_gaps_and_an_open_end_are_read_in_order_over_several_chunks(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Events(1, 700));
        await store.AppendAsync(StoreFixture.Events(801, 800));
        await store.AppendAsync(StoreFixture.Events(3_000_000, 1_100));

        var read = await store.ReadAsync(new SequenceRange(690, 810), new SequenceRange(2, 3), new SequenceRange(3, 5), new SequenceRange(900, long.MaxValue));

        var expected = Range(2, 5).Concat(Range(690, 700)).Concat(Range(801, 810)).Concat(Range(900, 1600)).Concat(Range(3_000_000, 3_001_099));
        Assert.Equal(expected, read.Select(item => item.Sequence));

        static IEnumerable<long> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(number => (long)number);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_duplicate_within_a_batch_and_across_batches_is_reported_and_not_written(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a", "one"), StoreFixture.Event(2, "b", "two"));

        var result = await store.AppendAsync(
            StoreFixture.Event(3, "c", "three"),
            StoreFixture.Event(4, "a", "one"),
            StoreFixture.Event(5, "b", "other"),
            StoreFixture.Event(6, "c", "three"),
            StoreFixture.Event(7, "c", "other"),
            StoreFixture.Event(8, "a", "one") with { Weight = 2 },
            StoreFixture.Event(9, "d"));

        Assert.Equal(
            [
                new DuplicateEvent(1, 1, true), new DuplicateEvent(2, 2, false), new DuplicateEvent(3, 3, true),
                new DuplicateEvent(4, 3, false), new DuplicateEvent(5, 1, false),
            ],
            result.Duplicates);
        Assert.Equal([1L, 2L, 3L, 9L], (await store.ReadAsync()).Select(item => item.Sequence));
        Assert.Equal(4, await store.Journal.CountEventsAsync(store.StreamId, StoreFixture.Cancellation));
        Assert.Equal(9, (await store.Journal.FindStreamAsync("elec", StoreFixture.Cancellation))!.LastSequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Duplicates_can_be_looked_up_without_writing(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a", "one"));

        var found = await store.Journal.FindDuplicatesAsync(
            store.StreamId, [StoreFixture.Event(2, "x"), StoreFixture.Event(3, "a", "one"), StoreFixture.Event(4, "a", "two")], StoreFixture.Cancellation);

        Assert.Equal([new DuplicateEvent(1, 1, true), new DuplicateEvent(2, 1, false)], found);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Many_ids_are_looked_up_at_once_whether_any_of_them_is_there_or_none(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync([.. Enumerable.Range(10, 10).Select(row => StoreFixture.Event(row, $"file:{row}"))]);
        async Task<IEnumerable<(int, long)>> FoundAsync(params int[] rows) => (await store.Journal.FindDuplicatesAsync(
            store.StreamId, [.. rows.Select(row => StoreFixture.Event(100, $"file:{row}"))], StoreFixture.Cancellation)).Select(found => (found.Index, found.FirstSequence));

        Assert.Empty(await FoundAsync([.. Enumerable.Range(20, 30)]));
        Assert.Empty(await FoundAsync([.. Enumerable.Range(0, 10)]));
        Assert.Equal([(0, 19)], await FoundAsync([.. Enumerable.Range(19, 30)]));
        Assert.Equal([(9, 10)], await FoundAsync([.. Enumerable.Range(1, 10)]));
        Assert.Equal([(2, 15)], await FoundAsync(1, 2, 15, 30, 31, 32, 33, 34, 35, 36));
        Assert.Empty(await FoundAsync(1, 2, 30, 31, 32, 33, 34, 35, 36, 37));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Long_texts_and_payloads_come_back_as_they_were(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var events = new[] { 0, 1, 5_000, 20_000 }.Select((length, index) => StoreFixture.Event(index + 1, payload: new string('ä', length)) with { Entity = length == 0 ? null : new string('é', length), Actor = "" }).ToArray();

        await store.AppendAsync(events);

        Assert.Equal(events.Select(item => (item.Entity, item.Actor, Convert.ToHexString(item.Payload.Span))), (await store.ReadAsync()).Select(item => (item.Entity, item.Actor, Convert.ToHexString(item.Payload.Span))));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_sequence_that_is_not_above_the_last_one_is_the_callers_error(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(5));

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.AppendAsync(StoreFixture.Event(4)));
        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendAsync(StoreFixture.Event(7), StoreFixture.Event(6)));
        Assert.Single(await store.ReadAsync());
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_append_that_fails_half_way_leaves_nothing_and_the_next_one_works(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var broken = new AppendRequest
        {
            StreamId = store.StreamId,
            Epoch = store.Epoch,
            Events = [StoreFixture.Event(1) with { Task = "t" }],
            Names = [new FeatureNameRow(0, null!)],
        };

        var failure = await Record.ExceptionAsync(() => store.Journal.AppendAsync(broken, StoreFixture.Cancellation));

        Assert.NotNull(failure);
        Assert.IsNotType<StoreUnavailableException>(failure);
        Assert.Empty(await store.ReadAsync());
        Assert.Empty((await store.Journal.AppendAsync(broken with { Names = [] }, StoreFixture.Cancellation)).Duplicates);
        Assert.Equal("t", (await store.ReadAsync()).Single().Task);
        // Other writers are not locked out either.
        Assert.NotNull(await store.Store.Models.CreateLeaderAsync(StoreFixture.NewModel("other"), StoreFixture.Cancellation));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Large_payloads_take_the_same_path_as_small_ones_for_the_caller(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(Large(1), Large(2));
        var batch = Enumerable.Range(3, 40).Select(number => Large(number)).Append(Large(43) with { EventId = "event-2" }).Append(Large(44) with { EventId = "event-30" }).ToArray();

        var result = await store.Journal.AppendAsync(
            new AppendRequest
            {
                StreamId = store.StreamId,
                Epoch = store.Epoch,
                Events = batch,
                Names = [new FeatureNameRow(0, "price")],
                Outcomes = [new OutcomeRow(store.Model.Id, 1, 2, new byte[] { 9 })],
            },
            StoreFixture.Cancellation);

        Assert.Equal([new DuplicateEvent(40, 2, false), new DuplicateEvent(41, 30, false)], result.Duplicates);
        var read = await store.ReadAsync();
        Assert.Equal(Enumerable.Range(1, 42).Select(number => (long)number), read.Select(item => item.Sequence));
        Assert.All(read, item => Assert.Equal(Large(item.Sequence).Payload.ToArray(), item.Payload.ToArray()));
        Assert.Equal("large", read[20].Task);
        Assert.Equal(42, await store.Journal.CountEventsAsync(store.StreamId, StoreFixture.Cancellation));
        Assert.Equal(["price"], await store.Journal.ListFeatureNamesAsync(store.StreamId, StoreFixture.Cancellation));
        Assert.Equal(2, await store.Journal.FindLastOutcomeAsync(store.Model.Id, 1, StoreFixture.Cancellation));
        // And after all of them are duplicates, nothing is written and nothing goes backwards.
        var again = batch.Select((item, index) => item with { Sequence = 100 + index }).ToArray();
        Assert.Equal(42, (await store.AppendAsync(again)).Duplicates.Count);
        Assert.Equal(42, (await store.Journal.FindStreamAsync("elec", StoreFixture.Cancellation))!.LastSequence);

        static JournalEvent Large(long sequence)
            => StoreFixture.Event(sequence, payload: new string((char)('a' + (sequence % 26)), 3_000 + (int)sequence)) with { Task = "large" };
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Feature_names_and_outcomes_travel_with_an_append_even_without_events(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        var request = new AppendRequest
        {
            StreamId = store.StreamId,
            Epoch = store.Epoch,
            Events = [],
            Names = [new FeatureNameRow(1, "demand"), new FeatureNameRow(0, "price")],
            Outcomes =
            [
                new OutcomeRow(store.Model.Id, 1, 10, "first"u8.ToArray()),
                new OutcomeRow(store.Model.Id, 2, 10, "second"u8.ToArray()),
                new OutcomeRow(store.Model.Id, 1, 11, "third"u8.ToArray()),
            ],
        };
        await store.Journal.AppendAsync(request, StoreFixture.Cancellation);
        await store.Journal.AppendAsync(request with { Outcomes = [new OutcomeRow(store.Model.Id, 1, 10, "again"u8.ToArray())] }, StoreFixture.Cancellation);

        Assert.Equal(["price", "demand"], await store.Journal.ListFeatureNamesAsync(store.StreamId, StoreFixture.Cancellation));
        Assert.Equal(11, await store.Journal.FindLastOutcomeAsync(store.Model.Id, 1, StoreFixture.Cancellation));
        Assert.Equal(0, await store.Journal.FindLastOutcomeAsync(store.Model.Id, 3, StoreFixture.Cancellation));
        Assert.Equal(
            new Dictionary<long, string> { [10] = "second", [11] = "third" },
            await OutcomesAsync([1, 2], [10, 11, 12]));
        Assert.Equal(new Dictionary<long, string> { [10] = "first" }, await OutcomesAsync([1], [10]));

        async Task<Dictionary<long, string>> OutcomesAsync(int[] lineages, long[] sequences)
            => (await store.Journal.FindOutcomesAsync(store.Model.Id, lineages, sequences, StoreFixture.Cancellation))
                .ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetString(pair.Value.Span));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_newest_events_are_listed_by_kind_and_task(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(
            StoreFixture.Event(1) with { Kind = EventKind.TaskBegan, Task = "day" },
            StoreFixture.Event(2) with { Task = "day" },
            StoreFixture.Event(3) with { Kind = EventKind.TaskEnded, Task = "day" },
            StoreFixture.Event(4) with { Task = "night" },
            StoreFixture.Event(5));

        Assert.Equal([4L, 3L], await ListAsync(5, 2));
        Assert.Equal([5L, 4L, 2L], await ListAsync(100, 10, EventKind.Learned));
        Assert.Equal([3L], await ListAsync(100, 10, EventKind.TaskEnded));
        Assert.Equal([3L, 2L, 1L], await ListAsync(100, 10, null, "day"));
        Assert.Equal([2L], await ListAsync(100, 10, EventKind.Learned, "day"));
        Assert.Empty(await ListAsync(100, 10, null, "nobody"));
        var boundaries = await store.Journal.ListTaskBoundariesAsync(store.StreamId, StoreFixture.Cancellation);
        Assert.Equal([(1L, "day"), (3L, "day")], boundaries.Select(item => (item.Sequence, item.Task!)));

        async Task<IEnumerable<long>> ListAsync(long before, int limit, EventKind? kind = null, string? task = null)
            => (await store.Journal.ListNewestAsync(store.StreamId, before, limit, kind, task, StoreFixture.Cancellation)).Select(item => item.Sequence);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Task_names_stay_right_when_hosts_take_turns(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await using var other = store.OpenAnother();
        await store.AppendAsync(StoreFixture.Event(1) with { Task = "a" });
        var second = await other.Journal.OpenStreamAsync(store.StreamId, StoreFixture.Cancellation);
        await other.Journal.AppendAsync(
            new AppendRequest { StreamId = store.StreamId, Epoch = second.Epoch, Events = [StoreFixture.Event(2) with { Task = "b" }] }, StoreFixture.Cancellation);
        var third = await store.Journal.OpenStreamAsync(store.StreamId, StoreFixture.Cancellation);
        await store.Journal.AppendAsync(
            new AppendRequest
            {
                StreamId = store.StreamId,
                Epoch = third.Epoch,
                Events = [StoreFixture.Event(3) with { Task = "c" }, StoreFixture.Event(4) with { Task = "b" }],
            },
            StoreFixture.Cancellation);

        Assert.Equal(["a", "b", "c", "b"], (await store.ReadAsync()).Select(item => item.Task!));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Events_are_found_by_id_and_by_sequence_in_a_stream_and_in_what_a_fork_inherited(string provider)
    {
        await using var store = await StoreFixture.CreateAsync(provider);
        await store.AppendAsync(StoreFixture.Event(1, "a", "one"), StoreFixture.Event(2, "b", "two") with { Subject = "ann", Task = "t" }, StoreFixture.Event(4, "c", "three"));
        var version = await store.Store.Versions.SaveAsync(VersionTests.Version(store.Model.Id, 2), [VersionTests.Page(1)], store.Epoch, StoreFixture.Cancellation);
        var fork = (await store.Store.Models.ForkAsync(
            StoreFixture.NewModel("fork"), store.Model.Id, version.Number, [new SequenceRange(1, 2)], StoreFixture.Cancellation))!;
        var opening = await store.Journal.OpenStreamAsync(fork.StreamId, StoreFixture.Cancellation);
        await store.Journal.AppendAsync(new AppendRequest { StreamId = fork.StreamId, Epoch = opening.Epoch, Events = [StoreFixture.Event(3, "d", "four")] }, StoreFixture.Cancellation);

        var own = await store.Journal.FindEventsAsync(store.StreamId, ["a", "b", "nobody", "c"], StoreFixture.Cancellation);
        Assert.Equal(["a 1 one", "b 2 two", "c 4 three"], own.Values.OrderBy(item => item.Sequence).Select(Text));
        Assert.Equal(("ann", "t"), (own["b"].Subject, own["b"].Task));
        var inherited = await store.Journal.FindEventsAsync(fork.StreamId, ["a", "b", "c", "d"], StoreFixture.Cancellation);
        Assert.Equal(["a 1 one", "b 2 two", "d 3 four"], inherited.Values.OrderBy(item => item.Sequence).Select(Text));
        Assert.Equal(["b 2 two", "d 3 four"], (await store.Journal.FindEventsAsync(fork.StreamId, [3L, 2L, 9L, 3L], StoreFixture.Cancellation)).Values.OrderBy(item => item.Sequence).Select(Text));
        Assert.Empty(await store.Journal.FindEventsAsync(store.StreamId, Array.Empty<string>(), StoreFixture.Cancellation));

        // An event that a restore left out is not live, but it is there.
        await store.RestoreAsync(5, 2, 1, new SequenceRange(1, 1), new SequenceRange(6, long.MaxValue));
        Assert.Equal(["a"], (await store.Journal.FindEventsAsync(store.StreamId, ["a", "b"], StoreFixture.Cancellation)).Keys);
        Assert.Equal([2L], (await store.Journal.FindEventsAsync(store.StreamId, [2L], StoreFixture.Cancellation)).Keys);

        static string Text(JournalEvent item) => $"{item.EventId} {item.Sequence} {Encoding.UTF8.GetString(item.Payload.Span)}";
    }
}

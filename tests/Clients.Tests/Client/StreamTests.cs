using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LifelongApi.Client;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Clients.Tests.Client;

public sealed class StreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_event_is_answered_in_order(bool http2)
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client(http2, batchEvents: 100);

        var results = await CollectAsync(client.StreamAsync("m", EventsAsync(2_500), Cancel));

        Assert.Equal(Ids(2_500), results.Select(result => result.EventId));
        Assert.Equal(Ids(2_500), service.Learned);
        Assert.All(results, result => Assert.Equal(LearnStatus.Learned, result.Status));
        Assert.All(service.BatchSizes, size => Assert.InRange(size, 1, 100));
        Assert.Equal(http2 ? 1 : 0, service.StreamRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answers_come_while_the_source_still_waits_for_them(bool http2)
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client(http2);
        var source = Channel.CreateUnbounded<LearnEvent>();

        await using var results = client.StreamAsync("m", source.Reader.ReadAllAsync(Cancel), Cancel).GetAsyncEnumerator(Cancel);
        for (var i = 0; i < 5; i++)
        {
            await source.Writer.WriteAsync(Event(i), Cancel);
            Assert.True(await results.MoveNextAsync());
            Assert.Equal($"e{i}", results.Current.EventId);
        }

        source.Writer.Complete();
        Assert.False(await results.MoveNextAsync());
    }

    [Fact]
    public async Task A_cut_duplex_stream_goes_on_where_answers_ended()
    {
        await using var service = await StubService.StartAsync();
        service.CutAfter = connection => connection <= 3 ? 150 : null;
        using var client = service.Client(http2: true, batchEvents: 100);

        var results = await CollectAsync(client.StreamAsync("m", EventsAsync(1_000), Cancel));

        Assert.Equal(4, service.StreamRequests);
        Assert.Equal(Ids(1_000), service.Learned);
        Assert.Equal(Ids(1_000), results.Select(result => result.EventId));
        Assert.Contains(results, result => result.Status == LearnStatus.Duplicate);
    }

    [Fact]
    public async Task A_row_refused_because_the_store_is_away_comes_again()
    {
        await using var service = await StubService.StartAsync();
        service.StoreIsAway = (connection, row) => connection == 1 && row == 31;
        using var client = service.Client(http2: true);

        var results = await CollectAsync(client.StreamAsync("m", EventsAsync(100), Cancel));

        Assert.Equal(2, service.StreamRequests);
        Assert.Equal(Ids(100), service.Learned);
        Assert.All(results, result => Assert.NotEqual(LearnStatus.Rejected, result.Status));
        Assert.Equal(Ids(100), results.Select(result => result.EventId));
    }

    [Fact]
    public async Task A_duplex_stream_that_never_gets_an_answer_fails()
    {
        await using var service = await StubService.StartAsync();
        service.CutAfter = _ => 0;
        using var client = service.Client(http2: true);

        var failure = await Assert.ThrowsAsync<LifelongException>(() => CollectAsync(client.StreamAsync("m", EventsAsync(10), Cancel)));

        Assert.True(failure.IsUnreachable);
    }

    [Fact]
    public async Task A_lost_batch_is_sent_again_before_the_next_one()
    {
        await using var service = await StubService.StartAsync();
        service.OnLearn = (request, context) =>
        {
            if (request % 2 == 1)
            {
                context.Abort();
            }

            return Task.FromResult(request % 2 == 1);
        };
        using var client = service.Client(batchEvents: 50);

        var results = await CollectAsync(client.StreamAsync("m", EventsAsync(500), Cancel));

        Assert.Equal(Ids(500), service.Learned);
        Assert.Equal(Ids(500), results.Select(result => result.EventId));
    }

    [Fact]
    public async Task A_bad_event_of_a_batch_is_rejected_alone()
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client(batchEvents: 64);
        var rows = Enumerable.Range(0, 64).Select(i => i is 7 or 40
            ? $$"""{"eventId":"e{{i}}","features":3}"""
            : $$"""{"eventId":"e{{i}}","features":[1],"label":"a"}""");

        var results = await CollectAsync(client.StreamJsonAsync("m", RowsAsync(rows), Cancel));

        Assert.Equal([7, 40], results.Index().Where(result => result.Item.Status == LearnStatus.Rejected).Select(result => result.Index));
        Assert.Equal(ProblemTypes.InvalidRequest, results[7].Error!.Type);
        Assert.Equal(Ids(64).Where(id => id is not ("e7" or "e40")), service.Learned);
    }

    [Fact]
    public async Task A_large_event_does_not_share_its_request()
    {
        await using var service = await StubService.StartAsync();
        using var client = new LifelongClient(new LifelongClientOptions { Address = service.Http1, BatchBytes = 1_000 });
        var rows = Enumerable.Range(0, 6).Select(i => $"{{\"eventId\":\"e{i}\",\"features\":{{\"text\":\"{new string('x', 600)}\"}}}}");

        await CollectAsync(client.StreamJsonAsync("m", RowsAsync(rows), Cancel));

        Assert.All(service.BatchSizes, size => Assert.Equal(1, size));
        Assert.Equal(Ids(6), service.Learned);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_of_the_source_reaches_the_caller(bool http2)
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client(http2);

        await Assert.ThrowsAsync<FormatException>(() => CollectAsync(client.StreamAsync("m", FailingAsync(), Cancel)));

        static async IAsyncEnumerable<LearnEvent> FailingAsync()
        {
            yield return Event(0);
            await Task.Yield();
            throw new FormatException("broken");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_may_stop_early(bool http2)
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client(http2, batchEvents: 10);
        var seen = 0;

        await foreach (var result in client.StreamAsync("m", EndlessAsync(Cancel), Cancel))
        {
            Assert.Equal($"e{seen}", result.EventId);
            if (++seen == 100)
            {
                break;
            }
        }

        Assert.Equal(100, seen);
    }

    [Fact]
    public async Task Events_without_an_id_get_one()
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client();

        var results = await CollectAsync(client.StreamAsync("m", EventsAsync(3, named: false), Cancel));

        Assert.All(results, result => Assert.Equal(7, Guid.Parse(result.EventId!).Version));
        Assert.Equal(3, service.Learned.Distinct().Count());
    }

    private static LearnEvent Event(int number) => new() { EventId = $"e{number}", Features = FeatureSet.Dense(new float[] { number }), Label = "a" };

    private static IEnumerable<string> Ids(int count) => Enumerable.Range(0, count).Select(number => $"e{number}");

    private static async IAsyncEnumerable<LearnEvent> EventsAsync(int count, bool named = true)
    {
        for (var i = 0; i < count; i++)
        {
            yield return named ? Event(i) : Event(i) with { EventId = null };
        }

        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<LearnEvent> EndlessAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            yield return Event(i);
        }

        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> RowsAsync(IEnumerable<string> rows)
    {
        foreach (var row in rows)
        {
            yield return System.Text.Encoding.UTF8.GetBytes(row);
        }

        await Task.CompletedTask;
    }

    private static async Task<List<LearnResult>> CollectAsync(IAsyncEnumerable<LearnResult> results)
    {
        var list = new List<LearnResult>();
        await foreach (var result in results)
        {
            list.Add(result);
        }

        return list;
    }
}

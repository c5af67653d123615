using System.Net;
using Microsoft.AspNetCore.Http;
using LifelongApi.Client;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Clients.Tests.Client;

public sealed class RequestTests
{
    private static readonly LearnEvent Example = new() { Features = FeatureSet.Dense(new[] { 1f, 2f }), Label = "a" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_problem_becomes_an_exception_that_carries_it()
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client();

        var failure = await Assert.ThrowsAsync<LifelongException>(() => client.GetModelAsync("none", Cancel));

        Assert.Equal(HttpStatusCode.NotFound, failure.StatusCode);
        Assert.Equal(ProblemTypes.NotFound, failure.Problem.Type);
        Assert.Contains("no such model", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_says_everything_once()
    {
        var one = new LifelongException(new Problem { Type = ProblemTypes.InvalidRequest, Title = "Invalid request", Status = 400, Detail = "label: is empty.", Errors = new Dictionary<string, string[]> { ["label"] = ["is empty."] } });
        var other = new LifelongException(new Problem { Type = ProblemTypes.InvalidRequest, Title = "Invalid request", Status = 400, Detail = "Two mistakes.", Errors = new Dictionary<string, string[]> { ["label"] = ["is empty."] } });

        Assert.Equal("Invalid request: label: is empty.", one.Message);
        Assert.Equal("Invalid request: Two mistakes. [label: is empty.]", other.Message);
    }

    [Fact]
    public async Task The_key_goes_with_every_request()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        using var client = service.Client(apiKey: "secret");

        await client.GetModelAsync("m", Cancel);

        Assert.Equal("secret", service.ApiKeySeen);
    }

    [Fact]
    public async Task A_full_queue_is_waited_for_as_long_as_it_asks()
    {
        await using var service = await StubService.StartAsync();
        var time = new ImmediateTime();
        using var client = service.Client(time: time);
        service.OnLearn = async (request, context) =>
        {
            if (request > 2)
            {
                return false;
            }

            context.Response.Headers.RetryAfter = "7";
            await StubService.ProblemAsync(context, 429, ProblemTypes.QueueFull, "The queue is full.");
            return true;
        };

        var result = await client.LearnAsync("m", Example, Cancel);

        Assert.Equal(LearnStatus.Learned, result.Status);
        Assert.Equal([TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)], time.Waits);
    }

    [Fact]
    public async Task Patience_ends_with_the_problem()
    {
        await using var service = await StubService.StartAsync();
        var time = new ImmediateTime();
        using var client = service.Client(time: time);
        service.OnLearn = async (_, context) =>
        {
            await StubService.ProblemAsync(context, 503, ProblemTypes.Unavailable, "The store is away.");
            return true;
        };

        var failure = await Assert.ThrowsAsync<LifelongException>(() => client.LearnAsync("m", Example, Cancel));

        Assert.Equal(ProblemTypes.Unavailable, failure.Problem.Type);
        Assert.InRange(time.Waits.Sum(wait => wait.TotalSeconds), 25, 30);
        Assert.All(time.Waits, wait => Assert.True(wait <= TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task An_event_whose_answer_was_lost_is_learned_once()
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client();
        service.OnLearn = (request, context) =>
        {
            if (request == 1)
            {
                context.Response.OnStarting(() =>
                {
                    context.Abort();
                    return Task.CompletedTask;
                });
            }

            return Task.FromResult(false);
        };

        var result = await client.LearnAsync("m", Example, Cancel);

        Assert.Equal(LearnStatus.Duplicate, result.Status);
        Assert.Equal(2, service.LearnRequests);
        Assert.Single(service.Learned);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_reported_after_the_patience_ends()
    {
        var service = await StubService.StartAsync();
        using var client = service.Client();
        await service.DisposeAsync();

        var failure = await Assert.ThrowsAsync<LifelongException>(() => client.LearnAsync("m", Example, Cancel));

        Assert.True(failure.IsUnreachable);
        Assert.IsType<HttpRequestException>(failure.InnerException);
    }

    [Fact]
    public async Task An_answer_that_is_no_problem_is_still_an_exception()
    {
        await using var service = await StubService.StartAsync();
        using var client = service.Client();
        service.OnLearn = async (_, context) =>
        {
            context.Response.StatusCode = 502;
            await context.Response.WriteAsync("<html>bad gateway</html>", Cancel);
            return true;
        };

        var failure = await Assert.ThrowsAsync<LifelongException>(() => client.LearnAsync("m", Example, Cancel));

        Assert.Equal(HttpStatusCode.BadGateway, failure.StatusCode);
        Assert.Contains("bad gateway", failure.Message, StringComparison.Ordinal);
    }
}

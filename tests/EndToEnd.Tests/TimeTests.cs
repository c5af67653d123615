using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>Lags, windows and late events over the wire: the histories are part of the state, so a kill and a replay give them back.</summary>
public sealed class TimeTests
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly CreateModelRequest Spec = new()
    {
        Preset = "regressor",
        Input = new InputSpec
        {
            Kind = InputKind.Named,
            HashBits = 6,
            Lags = [new LagSpec { Feature = "load" }, new LagSpec { Feature = "load", Difference = true }],
            Windows = [new WindowSpec { Feature = "load", Events = 4 }, new WindowSpec { Feature = "load", Events = 8, Seconds = 600, Scope = HistoryScope.Stream }],
            Elapsed = [HistoryScope.Entity],
            Order = new OrderSpec { Late = LatePolicy.IgnoreForWindows, LatenessSeconds = 60 },
            HistoryEntities = 3,
        },
        Target = new TargetSpec { Kind = TargetKind.Value, Size = 2 },
    };

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Histories_survive_a_kill_and_the_answer_says_what_happened_to_late_events(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateAsync("rooms", Spec);
        await server.Http.LearnAsync("rooms", [.. Enumerable.Range(0, 200).Select(Row)]);
        var before = await server.Http.ModelAsync("rooms");
        var question = new PredictRequest { Features = Load(2.5), Entity = "room-1", OccurredAt = Begin.AddMinutes(200) };
        var answer = await server.Http.PostAsync<PredictResponse>("/v1/models/rooms/predict", question);

        await server.KillAsync();
        await server.RestartAsync();
        Assert.Equal(before.StateHash, (await server.Http.ModelAsync("rooms")).StateHash);
        Assert.Equal(answer.Values, (await server.Http.PostAsync<PredictResponse>("/v1/models/rooms/predict", question)).Values);

        // Another entity has another past, and the same question another answer.
        var other = await server.Http.PostAsync<PredictResponse>("/v1/models/rooms/predict", question with { Entity = "room-2" });
        Assert.NotEqual(answer.Values, other.Values);

        var late = await server.Http.LearnAsync("rooms", Row(200) with { OccurredAt = Begin, EventId = "late" });
        Assert.Equal(LearnStatus.Learned, late.Status);
        Assert.Contains("behind the latest one of its entity", late.Reason, StringComparison.Ordinal);
        Assert.Null((await server.Http.LearnAsync("rooms", Row(201))).Reason);

        await server.Http.CreateAsync("strict", Spec with { Follow = "rooms", Input = Spec.Input! with { Order = new OrderSpec { Late = LatePolicy.Reject, LatenessSeconds = 60 } } });
        await Eventually.Async("the follower has everything", async () => await server.Http.ModelAsync("strict") is { Sequence: 202 } strict ? strict : null);
        var metrics = await server.Http.MetricsAsync("strict");
        Assert.Equal((201L, 1L), (metrics.Events["learned"], metrics.Events["skipped"]));
    }

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task Two_numbers_are_predicted_at_once_and_each_has_its_errors(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateAsync("rooms", Spec);
        await server.Http.LearnAsync("rooms", [.. Enumerable.Range(0, 300).Select(Row)]);
        var metrics = await server.Http.MetricsAsync("rooms");
        Assert.Equal(2, metrics.Outputs?.Count);
        Assert.All(metrics.Outputs!, output => Assert.Equal(300, output.Count));
        Assert.Equal(metrics.Total.MeanAbsoluteError!.Value, metrics.Outputs!.Average(output => output.MeanAbsoluteError!.Value), 9);

        // The second number is a hundred times the first in size, and neither drowns the other.
        var answer = await server.Http.PostAsync<PredictResponse>("/v1/models/rooms/predict", new PredictRequest { Features = Load(3), Entity = "room-0", OccurredAt = Begin.AddMinutes(300) });
        Assert.Equal(2, answer.Values?.Count);
        Assert.True(metrics.Outputs![0].MeanAbsoluteError < metrics.Baselines.Majority.MeanAbsoluteError);

        await server.KillAsync();
        await server.RestartAsync();
        Assert.Equal(metrics.Outputs, (await server.Http.MetricsAsync("rooms")).Outputs);
    }

    private static LearnEvent Row(int n)
    {
        // Three rooms, each with a load that swings at a pace of its own; the next load and a hundred times the last one are to be predicted.
        var room = n % 3;
        var load = Math.Sin(n / 3 * (0.2 + (0.3 * room)));
        return new LearnEvent
        {
            EventId = $"row-{n}",
            Features = Load(load),
            Target = [Math.Sin(((n / 3) + 1) * (0.2 + (0.3 * room))), 100 * Math.Sin(((n / 3) - 1) * (0.2 + (0.3 * room)))],
            Entity = $"room-{room}",
            OccurredAt = Begin.AddMinutes(n),
        };
    }

    private static FeatureSet Load(double load) => FeatureSet.Named(new Dictionary<string, object?> { ["load"] = load });
}

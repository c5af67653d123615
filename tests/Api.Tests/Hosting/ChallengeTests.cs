using System.Runtime.InteropServices;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>Followers beside their leader, and in its place.</summary>
public sealed class ChallengeTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_comparison_is_of_the_same_events_and_comes_out_again_after_a_kill_and_from_the_beginning(string provider)
    {
        await using var house = await OpenAsync(provider);
        await CreateAsync(house, "m", Bad);
        await CreateAsync(house, "c", Good, follow: "m");
        var (leader, challenger) = (0, 0);
        foreach (var given in Rows(300))
        {
            // One event at a time, so that both can be asked in between.
            var row = await RelabelAsync(house, given, isLeaderRight: false);
            leader += await AnswerAsync(house, "m", row) == row.Label ? 0 : 1;
            challenger += await AnswerAsync(house, "c", row) == row.Label ? 0 : 1;
            await house.LearnAsync("m", row);
        }

        var first = await house.Models.CompareAsync("c", Token);
        Assert.Equal((300L, 0L, "error", "m", "c"), (first.Events, first.Pending, first.Measure, first.Leader, first.Challenger));
        Assert.Equal((leader / 300.0, challenger / 300.0), (first.LeaderScore!.Value, first.ChallengerScore!.Value));
        Assert.Equal(first.LeaderScore.Value - first.ChallengerScore.Value, first.Difference, 1e-12);
        Assert.Equal("better", first.Verdict);

        // What the follower has not folded again yet is pending.
        await house.StartAfterKillAsync();
        await CaughtUpAsync(house, "c");
        Assert.Equal(first, await house.Models.CompareAsync("c", Token));
        await CreateAsync(house, "late", Good, follow: "m");
        await CaughtUpAsync(house, "late");
        Assert.Equal(first with { Challenger = "late" }, await house.Models.CompareAsync("late", Token));
        await CreateAsync(house, "now", Good, follow: "m", from: FollowFrom.Now);
        Assert.Equal((0L, "undecided", null), ((await house.Models.CompareAsync("now", Token)).Events, (await house.Models.CompareAsync("now", Token)).Verdict, (await house.Models.CompareAsync("now", Token)).LeaderScore));
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.CompareAsync("m", Token))).Status);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Who_is_promoted_goes_on_where_the_leader_stood_and_the_leader_follows(string provider)
    {
        await using var house = await OpenAsync(provider);
        await CreateAsync(house, "m", Bad);
        await CreateAsync(house, "c", Good, follow: "m");
        await CreateAsync(house, "good", Good);
        await CreateAsync(house, "bad", Bad);
        await house.LearnAsync("m", Rows(50));
        await CaughtUpAsync(house, "c");
        var hash = await house.HashAsync("c");
        var epoch = (await house.Models.GetStreamAsync("m", Token)).Epoch;

        var promoted = await house.Models.PromoteAsync("c", Token);
        Assert.Equal(("c", "m", "m", "2:50"), (promoted.Leader, promoted.Follower, promoted.Stream, promoted.Position));
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => house.Models.PromoteAsync("c", Token))).Status);
        Assert.Equal((ModelRole.Leader, ModelRole.Follower), ((await house.Models.GetAsync("c", Token)).Role, (await house.Models.GetAsync("m", Token)).Role));
        Assert.Equal(hash, await house.HashAsync("c"));
        Assert.True((await house.Models.GetStreamAsync("m", Token)).Epoch >= epoch + 2);

        // What was learned is a duplicate, with the outcome that the new leader had; what comes is learned by both.
        var again = await house.LearnAsync("c", Rows(50));
        Assert.All(again, result => Assert.Equal((LearnStatus.Duplicate, true), (result.Status, result.Loss is not null)));
        await house.LearnAsync("c", Rows(50, 50));
        Assert.Equal(409, (await Assert.ThrowsAsync<ProblemException>(() => house.LearnAsync("m", Rows(1, 200)[0]))).Status);
        await house.LearnAsync("good", Rows(100));
        await house.LearnAsync("bad", Rows(100));
        await house.StartAfterKillAsync();
        await CaughtUpAsync(house, "m");
        Assert.Equal((await house.HashAsync("good"), await house.HashAsync("bad")), (await house.HashAsync("c"), await house.HashAsync("m")));

        // Since the change the two are compared anew, and the way back is the same.
        Assert.Equal((50L, 50L), ((await house.Models.CompareAsync("m", Token)).Since, (await house.Models.CompareAsync("m", Token)).Events));
        Assert.Equal("m", (await house.Models.PromoteAsync("m", Token)).Leader);
        await house.LearnAsync("m", Rows(1, 300));
    }

    [Fact]
    public async Task Who_follows_from_now_on_knows_no_ids_from_before_when_it_leads()
    {
        await using var house = await OpenAsync();
        await CreateAsync(house, "m", Bad);
        await house.LearnAsync("m", Rows(5));
        await CreateAsync(house, "c", Good, follow: "m", from: FollowFrom.Now);
        await house.LearnAsync("m", Rows(5, 5));
        await house.Models.PromoteAsync("c", Token);
        var results = await house.LearnAsync("c", Rows(10));
        Assert.Equal([.. Enumerable.Repeat(LearnStatus.Learned, 5), .. Enumerable.Repeat(LearnStatus.Duplicate, 5)], results.Select(result => result.Status));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_challenger_takes_the_lead_by_itself_and_gives_it_back_when_the_world_turns(string provider)
    {
        await using var house = await OpenAsync(provider, options => options.HousekeepingSeconds = 3600);
        await CreateAsync(house, "m", Bad);
        await CreateAsync(house, "c", Good, follow: "m", challenge: new ChallengeSpec { MinEvents = 100 });
        await house.LearnAsync("m", Rows(4));
        await house.LearnAsync("m", await RelabelAsync(house, Rows(50, 10), isLeaderRight: false));
        await KeepHouseAsync(house);
        Assert.Equal(ModelRole.Follower, (await house.Models.GetAsync("c", Token)).Role);
        await house.LearnAsync("m", await RelabelAsync(house, Rows(200, 60), isLeaderRight: false));
        await KeepHouseAsync(house);
        Assert.Equal(ModelRole.Leader, (await house.Models.GetAsync("c", Token)).Role);
        await KeepHouseAsync(house);
        Assert.Equal(ModelRole.Leader, (await house.Models.GetAsync("c", Token)).Role);

        // The world turns: what the old leader says is right from now on, and the new one has to unlearn.
        await house.LearnAsync("c", await RelabelAsync(house, Rows(150, 1000), isLeaderRight: true));
        await CaughtUpAsync(house, "m");
        var since = await house.Models.CompareAsync("m", Token);
        Assert.True(since is { Events: 150, EvidenceBetter: >= 100 }, $"{since}");
        await KeepHouseAsync(house);
        Assert.Equal(ModelRole.Leader, (await house.Models.GetAsync("m", Token)).Role);

        // Who gave it back does not ask for it again.
        await house.LearnAsync("m", await RelabelAsync(house, Rows(300, 5000), isLeaderRight: false));
        await KeepHouseAsync(house);
        Assert.Equal("better", (await house.Models.CompareAsync("c", Token)).Verdict);
        Assert.Equal(ModelRole.Leader, (await house.Models.GetAsync("m", Token)).Role);
    }

    [Fact]
    public async Task After_a_kill_at_any_call_to_the_store_one_of_the_two_leads_and_both_hold_every_event()
    {
        var wanted = string.Empty;
        for (var fatal = 0; ; fatal++)
        {
            await using var house = await OpenAsync("sqlite", options => (options.HousekeepingSeconds, options.StoreRetrySeconds) = (3600, 3600));
            FailingStore? failing = null;
            house.Decorate = fatal == 0 ? null : store => failing = new FailingStore(store, fatal, fatal % 2 == 0);
            await house.RestartAsync();
            try
            {
                await LiveAsync(house);
            }
            catch (Exception reason) when (reason is Storage.StoreUnavailableException or ProblemException)
            {
                // The kill.
            }

            if (fatal == 0)
            {
                wanted = await EndAsync(house);
                continue;
            }

            house.Decorate = null;
            await house.StartAfterKillAsync();
            await LiveAsync(house);
            Assert.True(wanted == await EndAsync(house), $"Killed at call {fatal}: {await EndAsync(house)} instead of {wanted}");
            if (!failing!.IsDead)
            {
                Assert.True(fatal > 30, $"Only {fatal} calls.");
                break;
            }
        }
    }

    private static async Task LiveAsync(House house)
    {
        await CreateAsync(house, "m", Bad);
        await CreateAsync(house, "c", Good, follow: "m");
        var leads = (await house.Models.GetAsync("c", Token)).Role == ModelRole.Leader;
        if (!leads)
        {
            await house.LearnAsync("m", Rows(6));
            await CaughtUpAsync(house, "c");
            await house.Models.PromoteAsync("c", Token);
        }

        await house.LearnAsync("c", Rows(12));
    }

    private static async Task<string> EndAsync(House house)
    {
        await CaughtUpAsync(house, "m");
        var models = new List<string>();
        foreach (var name in new[] { "c", "m" })
        {
            var info = await house.Models.GetAsync(name, Token);
            models.Add($"{name} {info.Role} {info.Lineage} {info.StateHash}");
        }

        return string.Join("; ", models);
    }

    /// <summary>Learns nothing: what it says is in its first weights.</summary>
    private const float Bad = 0f;

    private const float Good = 0.1f;

    private static Task<(ModelInfo Info, bool Created)> CreateAsync(
        House house, string name, float rate, string? follow = null, FollowFrom? from = null, ChallengeSpec? challenge = null) => house.Models.CreateAsync(
        name,
        new CreateModelRequest
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = 2, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label },
            Network = new NetworkSpec
            {
                Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
                Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Initial = new GaussianWeightsSpec(), Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = rate }] }],
                Head = new SoftmaxHeadSpec(),
            },
            Follow = follow,
            From = from,
            Challenge = challenge,
        },
        Token);

    /// <summary>The same rows with the label that the model which learns nothing says, or with the other one.</summary>
    private static async Task<List<LearnInput>> RelabelAsync(House house, List<LearnInput> rows, bool isLeaderRight)
    {
        var labelled = new List<LearnInput>();
        foreach (var row in rows)
        {
            labelled.Add(await RelabelAsync(house, row, isLeaderRight));
        }

        return labelled;
    }

    private static async Task<LearnInput> RelabelAsync(House house, LearnInput row, bool isLeaderRight)
    {
        var said = await AnswerAsync(house, "m", row) ?? row.Label!;
        var payload = PayloadReader.Read(row.Payload.Span);

        // Whole numbers of a byte are stored as bytes.
        float[] numbers = payload.Features == FeatureTag.DenseBytes
            ? [payload.FeatureBytes[0], payload.FeatureBytes[1]]
            : MemoryMarshal.Cast<byte, float>(payload.FeatureBytes).ToArray();
        return House.Row(numbers[0], numbers[1], isLeaderRight ? said : said == "up" ? "down" : "up", row.EventId);
    }

    private static async Task<string?> AnswerAsync(House house, string model, LearnInput row)
    {
        await CaughtUpAsync(house, model);
        using var lease = await house.Models.AcquireAsync(model, Token);
        var prediction = new LifelongApi.Learning.PredictionBuffer();
        await lease.PredictAsync(row.Payload, prediction, Token);
        return prediction.Label < 0 ? null : lease.LabelName(prediction.Label);
    }

    private static async Task KeepHouseAsync(House house)
    {
        // One round finds out, the next one acts.
        for (var round = 0; round < 2; round++)
        {
            await house.Registry.KeepHouseAsync();
            foreach (var host in house.Registry.Open)
            {
                await host.Challenging;
            }
        }
    }

    private static async Task CaughtUpAsync(House house, string follower)
    {
        while (true)
        {
            // Asking for the model opens the stream where it is closed.
            var info = await house.Models.GetAsync(follower, Token);
            if (info.Status != ModelStatus.CatchingUp && info.Sequence >= (await house.Models.GetStreamAsync("m", Token)).Sequence)
            {
                return;
            }

            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Features;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>Labels and rewards that come after the prediction.</summary>
public sealed class FeedbackTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_label_that_comes_later_teaches_what_the_label_at_once_would_have_taught(string provider)
    {
        await using var house = await OpenAsync(provider);
        await CreateAsync(house, "later");
        await house.LearnAsync("later", Rows(20));
        var asked = await house.LearnAsync("later", Question(1, 2, "q"));
        var before = await house.HashAsync("later");
        var answered = await house.LearnAsync("later", Answer("q", "up"));

        Assert.Equal((LearnStatus.Predicted, "q", 21L), (asked.Status, asked.EventId, asked.Sequence));
        Assert.NotNull(asked.Prediction!.Label);
        Assert.Equal((LearnStatus.Learned, 22L), (answered.Status, answered.Sequence));
        Assert.Equal(("q", 21L, "recomputed", "given"), (answered.Feedback!.EventId, answered.Feedback.Sequence, answered.Feedback.Eligibility, answered.Feedback.Cause));
        Assert.Equal(asked.Prediction.Label, answered.Prediction!.Label);
        Assert.NotEqual(before, await house.HashAsync("later"));

        // The same fold as a learn in the same place: only the sequences differ, and nothing in this model draws by them.
        await CreateAsync(house, "at-once");
        await house.LearnAsync("at-once", Rows(20));
        await house.LearnAsync("at-once", Row(1, 2, "up", "q"));
        Assert.Equal(await house.HashAsync("at-once"), await house.HashAsync("later"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Whatever_is_sent_again_is_answered_once_and_the_rest_is_refused_with_a_reason(string provider)
    {
        await using var house = await OpenAsync(provider);
        await CreateAsync(house, "m", withReward: true);
        await house.LearnAsync("m", Rows(5));
        var asked = await house.LearnAsync("m", Question(1, 2, "q"));
        Assert.Equal(LearnStatus.Duplicate, (await house.LearnAsync("m", Question(1, 2, "q"))).Status);
        Assert.Equal(409, (await RefusedAsync(house, Question(1, 3, "q"))).Status);

        var first = await house.LearnAsync("m", Answer("q", "up"));
        var hash = await house.HashAsync("m");
        var again = await house.LearnAsync("m", Answer("q", "up"));
        Assert.Equal((LearnStatus.Duplicate, first.Sequence, first.Loss), (again.Status, again.Sequence, again.Loss));
        Assert.Equal(first.Feedback, again.Feedback);
        Assert.Equal(asked.Prediction!.Label, (await house.LearnAsync("m", Question(1, 2, "q"))).Prediction!.Label);
        Assert.Equal(409, (await RefusedAsync(house, Answer("q", "down"))).Status);
        Assert.Equal(409, (await RefusedAsync(house, Answer("q", "up") with { Weight = 2 })).Status);
        Assert.Equal(404, (await RefusedAsync(house, Answer("nobody", "up"))).Status);
        Assert.Contains("row-1", (await RefusedAsync(house, Answer("row-1", "down"))).Message, StringComparison.Ordinal);
        Assert.Equal(409, (await RefusedAsync(house, Answer("q/label", "up"))).Status);
        Assert.Equal(hash, await house.HashAsync("m"));

        // A reward is another answer, to a learned event as to a remembered one, and it too counts once.
        Assert.Equal(LearnStatus.Observed, (await house.LearnAsync("m", Reward("row-1", 1))).Status);
        Assert.Equal(LearnStatus.Duplicate, (await house.LearnAsync("m", Reward("row-1", 1))).Status);
        Assert.Equal(409, (await RefusedAsync(house, Reward("row-1", 2))).Status);
        Assert.Equal(LearnStatus.Observed, (await house.LearnAsync("m", Reward("q", -1))).Status);
    }

    [Fact]
    public async Task A_reward_where_nothing_learns_from_rewards_is_refused()
    {
        await using var house = await OpenAsync();
        await CreateAsync(house, "m");
        await house.LearnAsync("m", Rows(2));
        Assert.Contains("rewardPredictionError", (await RefusedAsync(house, Reward("row-1", 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_a_journal_and_a_follower_remember_nothing()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("none", Durability.None);
        await house.CreateAsync("m");
        await house.CreateAsync("f", follow: "m");
        Assert.Equal(409, (await RefusedAsync(house, Question(1, 2, "q"), "none")).Status);
        Assert.Equal(409, (await RefusedAsync(house, Question(1, 2, "q"), "f")).Status);
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_question_and_its_answer_may_come_in_one_batch(string provider)
    {
        await using var house = await OpenAsync(provider);
        await CreateAsync(house, "m");
        var results = await house.LearnAsync("m", [Answer("q", "up"), Question(1, 2, "q"), Answer("q", "up"), Answer("q", "up"), Answer("q", "down")]);
        Assert.Equal([LearnStatus.Rejected, LearnStatus.Predicted, LearnStatus.Learned, LearnStatus.Duplicate, LearnStatus.Rejected], results.Select(result => result.Status));
        Assert.Equal([404, 409], results.Where(result => result.Error is not null).Select(result => result.Error!.Status!.Value));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Followers_restarts_restores_and_forks_hold_the_same(string provider)
    {
        await using var house = await OpenAsync(provider);
        await CreateAsync(house, "m");
        await CreateAsync(house, "present", follow: "m");
        await house.LearnAsync("m", Rows(10));
        await house.LearnAsync("m", Question(1, 2, "q"));
        await house.LearnAsync("m", Question(2, 1, "r") with { Entity = "meter", Subject = "ann" });
        var snapshot = await house.Models.CreateSnapshotAsync("m", new() { Note = "before" }, Token);
        await house.LearnAsync("m", [Answer("q", "up"), Answer("r", "new")]);
        var hash = await house.HashAsync("m");
        await CreateAsync(house, "late", follow: "m");
        foreach (var follower in new[] { "present", "late" })
        {
            await CaughtUpAsync(house, follower);
            Assert.Equal(hash, await house.HashAsync(follower));
        }

        await house.StartAfterKillAsync();
        Assert.Equal(hash, await house.HashAsync("m"));
        var answers = (await house.Models.ListHistoryAsync("m", false, 100, null, Token)).Items.Where(item => item.Kind == EventKind.FedBack).ToList();
        Assert.Equal(["r/label", "q/label"], answers.Select(item => item.EventId));
        Assert.Equal(("meter", "ann"), (answers[0].Entity, answers[0].Subject));
        Assert.Equal((12L, "given"), (answers[0].Payload!.Value.GetProperty("answers").GetProperty("sequence").GetInt64(), answers[0].Payload!.Value.GetProperty("answers").GetProperty("cause").GetString()));

        // A fork takes over what was asked, and outlives where it was asked.
        await house.Models.ForkAsync("m", snapshot.Version, new() { Model = "fork" }, Token);
        Assert.Equal(2, (await house.Models.GetMetricsAsync("fork", false, Token)).LabelDelay!.Pending);
        await house.LearnAsync("fork", Answer("q", "up"));

        // Back before the answers they are not known, and may be given again.
        await house.Models.RestoreAsync("m", snapshot.Version, null, Token);
        Assert.Equal(2, (await house.Models.GetMetricsAsync("m", false, Token)).LabelDelay!.Pending);
        Assert.Equal([LearnStatus.Learned, LearnStatus.Learned], (await house.LearnAsync("m", [Answer("q", "up"), Answer("r", "new")])).Select(result => result.Status));
        Assert.Equal(hash, await house.HashAsync("m"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_default_is_learned_when_the_window_has_passed_also_over_a_restart_and_the_truth_may_come_after_it(string provider)
    {
        var time = new ManualTime();
        await using var house = await OpenAtAsync(provider, time);
        await CreateAsync(house, "m", new FeedbackSpec { WindowSeconds = 60, DefaultLabel = "down", Weight = 0.5 });
        await CreateAsync(house, "f", follow: "m");
        await house.LearnAsync("m", Rows(10));
        await house.LearnAsync("m", [Question(1, 2, "a"), Question(2, 1, "b"), Question(3, 1, "c")]);
        time.Advance(30);
        await house.LearnAsync("m", [Answer("b", "up"), Question(1, 1, "d")]);
        await KeepHouseAsync(house);
        Assert.Empty(await DefaultsAsync(house));

        await house.RestartAsync();
        time.Advance(31);
        await house.Models.GetAsync("m", Token);
        await KeepHouseAsync(house);
        Assert.Equal(["a/label", "c/label"], await DefaultsAsync(house));
        await KeepHouseAsync(house);
        Assert.Equal(2, (await DefaultsAsync(house)).Count);

        await house.StartAfterKillAsync();
        time.Advance(30);
        await house.Models.GetAsync("m", Token);
        await KeepHouseAsync(house);
        Assert.Equal(["a/label", "c/label", "d/label"], await DefaultsAsync(house));

        var late = await house.LearnAsync("m", Answer("a", "up"));
        Assert.Equal((LearnStatus.Learned, "givenAfterDefault", 91.0), (late.Status, late.Feedback!.Cause, late.Feedback.DelaySeconds));
        Assert.Equal(LearnStatus.Duplicate, (await house.LearnAsync("m", Answer("a", "up"))).Status);
        Assert.Equal(409, (await RefusedAsync(house, Answer("a", "down"))).Status);

        var delay = (await house.Models.GetMetricsAsync("m", false, Token)).LabelDelay!;
        Assert.Equal((4L, 0L, 2L, 3L, 1L, 0L), (delay.Predicted, delay.Pending, delay.Labelled, delay.Defaulted, delay.LabelledAfterDefault, delay.Rewarded));
        Assert.Equal((60.5, 91.0), (delay.DelaySeconds!.Mean, delay.DelaySeconds.Max));
        Assert.InRange(delay.DelaySeconds.P50, 30 * 31.0 / 32, 30 * 33.0 / 32);
        await CaughtUpAsync(house, "f");
        Assert.Equal(await house.HashAsync("m"), await house.HashAsync("f"));
    }

    [Fact]
    public async Task A_window_of_events_and_a_bound_on_what_waits_pass_by_what_arrives()
    {
        await using var house = await OpenAtAsync("sqlite", new ManualTime());
        await CreateAsync(house, "m", new FeedbackSpec { WindowEvents = 5, DefaultLabel = "down", MaxPending = 2 });
        await house.LearnAsync("m", [Question(1, 2, "a"), Question(2, 1, "b"), Question(3, 1, "c")]);
        await KeepHouseAsync(house);
        Assert.Equal(["a/label"], await DefaultsAsync(house));
        await house.LearnAsync("m", Rows(3));
        await KeepHouseAsync(house);
        Assert.Equal(["a/label"], await DefaultsAsync(house));
        await house.LearnAsync("m", Rows(1, 3));

        // A default that is taken does not bring the next one nearer.
        await KeepHouseAsync(house);
        Assert.Equal(["a/label", "b/label"], await DefaultsAsync(house));
    }

    [Fact]
    public async Task A_default_that_the_model_has_no_room_for_is_tried_once()
    {
        var time = new ManualTime();
        await using var house = await OpenAtAsync("sqlite", time);
        await CreateAsync(house, "m", new FeedbackSpec { WindowSeconds = 1, DefaultLabel = "third" }, maxClasses: 2);
        await house.LearnAsync("m", Rows(5));
        await house.LearnAsync("m", Question(1, 2, "a"));
        time.Advance(2);
        await KeepHouseAsync(house);
        await KeepHouseAsync(house);
        Assert.Empty(await DefaultsAsync(house));
        Assert.Equal(LearnStatus.Learned, (await house.LearnAsync("m", Answer("a", "up"))).Status);
    }

    [Fact]
    public async Task A_window_that_cannot_be_is_a_mistake_in_the_request()
    {
        await using var house = await OpenAsync();
        var refused = await Assert.ThrowsAsync<ProblemException>(() => CreateAsync(house, "m", new FeedbackSpec { WindowSeconds = 0, DefaultTarget = [1], MaxPending = 0 }));
        Assert.Equal(["feedback.defaultLabel", "feedback.defaultTarget", "feedback.maxPending", "feedback.windowSeconds"], refused.Errors!.Keys.Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_kill_at_any_call_to_the_store_every_answer_counts_once(bool isDone)
    {
        var wanted = string.Empty;
        for (var fatal = 0; ; fatal++)
        {
            var time = new ManualTime();
            await using var house = await OpenAsync("sqlite", options => (options.HousekeepingSeconds, options.StoreRetrySeconds) = (3600, 3600));
            house.Time = time;
            FailingStore? failing = null;
            house.Decorate = fatal == 0 ? null : store => failing = new FailingStore(store, fatal, isDone);
            await house.RestartAsync();
            try
            {
                await LiveAsync(house, time);
            }
            catch (Storage.StoreUnavailableException)
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
            await LiveAsync(house, time);
            Assert.True(wanted == await EndAsync(house), $"Killed at call {fatal}: {await EndAsync(house)} instead of {wanted}");
            if (!failing!.IsDead)
            {
                Assert.True(fatal > 20, $"Only {fatal} calls.");
                break;
            }
        }
    }

    private static async Task LiveAsync(House house, ManualTime time)
    {
        await CreateAsync(house, "m", new FeedbackSpec { WindowSeconds = 60, DefaultLabel = "down" });
        await house.LearnAsync("m", Rows(6));
        await house.LearnAsync("m", [Question(1, 2, "a"), Question(2, 1, "b"), Question(3, 1, "c")]);
        await house.LearnAsync("m", Answer("b", "up"));
        time.Advance(61);
        await KeepHouseAsync(house);

        // A process that died in between is asked again by the next one.
        if ((await house.Models.GetMetricsAsync("m", false, Token)).LabelDelay!.Pending > 0)
        {
            throw new Storage.StoreUnavailableException("The defaults are not in the journal yet.");
        }

        await house.LearnAsync("m", [Answer("a", "up"), Answer("b", "up")]);
        await house.LearnAsync("m", Rows(2, 50));
    }

    private static async Task<string> EndAsync(House house)
    {
        var info = await house.Models.GetAsync("m", Token);
        var delay = (await house.Models.GetMetricsAsync("m", false, Token)).LabelDelay!;
        return $"{info.StateHash} {delay.Predicted} {delay.Pending} {delay.Labelled} {delay.Defaulted} {delay.LabelledAfterDefault}";
    }

    private static async Task<House> OpenAtAsync(string provider, TimeProvider time)
    {
        var house = await OpenAsync(provider);
        house.Time = time;
        await house.RestartAsync();
        return house;
    }

    private static Task<(ModelInfo Info, bool Created)> CreateAsync(
        House house, string name, FeedbackSpec? feedback = null, string? follow = null, bool withReward = false, int? maxClasses = null) => house.Models.CreateAsync(
        name,
        new CreateModelRequest
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = 2, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = maxClasses },
            Network = new NetworkSpec
            {
                Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
                Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.1f }] }],
                Head = new SoftmaxHeadSpec(),
                Modulators = withReward ? [new RewardPredictionErrorSpec { Name = "dopamine" }] : [],
            },
            Feedback = feedback,
            Follow = follow,
        },
        Token);

    private static LearnInput Question(float x, float y, string id)
    {
        var builder = new PayloadBuilder();
        builder.Dense([x, y]);
        return new LearnInput { Payload = builder.Written.ToArray(), HasTarget = false, Remember = true, EventId = id };
    }

    private static LearnInput Answer(string eventId, string label) =>
        new() { Payload = ReadOnlyMemory<byte>.Empty, HasTarget = true, Label = label, Feedback = new FeedbackInput { EventId = eventId } };

    private static LearnInput Reward(string eventId, double reward) =>
        new() { Payload = ReadOnlyMemory<byte>.Empty, HasTarget = false, Feedback = new FeedbackInput { EventId = eventId, Reward = reward } };

    private static Task<ProblemException> RefusedAsync(House house, LearnInput input, string model = "m") =>
        Assert.ThrowsAsync<ProblemException>(() => house.LearnAsync(model, input));

    private static async Task KeepHouseAsync(House house)
    {
        await house.Registry.KeepHouseAsync();
        foreach (var host in house.Registry.Open)
        {
            await host.Defaulting;
        }
    }

    private static async Task<List<string>> DefaultsAsync(House house) =>
        [.. (await house.Models.ListHistoryAsync("m", false, 1000, null, Token)).Items
            .Where(item => item.Kind == EventKind.FedBack && item.Payload!.Value.GetProperty("answers").GetProperty("cause").GetString() == "default")
            .OrderBy(item => item.Sequence).Select(item => item.EventId)];

    private static async Task CaughtUpAsync(House house, string follower)
    {
        var (leader, own) = (await house.Models.GetAsync("m", Token), await house.Models.GetAsync(follower, Token));
        while (own.Sequence < leader.Sequence)
        {
            await Task.Yield();
            own = await house.Models.GetAsync(follower, Token);
        }
    }
}

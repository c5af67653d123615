using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class SleepTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_quiet_stream_sleeps_once_and_kill_restart_and_replay_give_the_same_state(string provider)
    {
        var time = new ManualTime();
        await using var house = await OpenAtAsync(provider, time);
        await CreateAsync(house, "m", new SleepSpec { AfterSeconds = 5, Slices = 3 });
        await house.LearnAsync("m", Rows(40));
        var awake = await house.HashAsync("m");

        time.Advance(4.9);
        await KeepHouseAsync(house);
        Assert.Empty(await SleptAsync(house));
        time.Advance(0.2);
        await KeepHouseAsync(house);
        Assert.Equal(3, (await SleptAsync(house)).Count);
        time.Advance(1000);
        await KeepHouseAsync(house);
        Assert.Equal(3, (await SleptAsync(house)).Count);

        var slept = await house.HashAsync("m");
        Assert.NotEqual(awake, slept);
        await house.StartAfterKillAsync();
        Assert.Equal(slept, await house.HashAsync("m"));
        await house.RestartAsync();
        Assert.Equal(slept, await house.HashAsync("m"));
        await KeepHouseAsync(house);
        Assert.Equal(3, (await SleptAsync(house)).Count);
        await CreateAsync(house, "replayed", sleep: null, follow: "m");
        await CaughtUpAsync(house, "replayed");
        Assert.Equal(slept, await house.HashAsync("replayed"));

        await house.LearnAsync("m", Rows(1, 40));
        time.Advance(6);
        await KeepHouseAsync(house);
        Assert.Equal(6, (await SleptAsync(house)).Count);
        Assert.Equal(await house.HashAsync("m"), await house.HashAsync("replayed"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_sleep_that_is_asked_for_is_journalled_and_sent_again_sleeps_no_more(string provider)
    {
        await using var house = await OpenAsync(provider);
        await CreateAsync(house, "m", sleep: null);
        await house.LearnAsync("m", Rows(40));
        var awake = await house.HashAsync("m");

        var first = await house.Models.SleepAsync("m", new SleepRequest { Slices = 4 }, "night", "operator", Token);
        var again = await house.Models.SleepAsync("m", new SleepRequest { Slices = 4 }, "night", "operator", Token);
        var slept = await house.HashAsync("m");

        Assert.Equal(first.Position, again.Position);
        var events = await SleptAsync(house);
        Assert.Equal(4, events.Count);
        Assert.All(events, slice => Assert.Equal(("operator", "given"), (slice.Actor, slice.Payload!.Value.GetProperty("cause").GetString())));
        Assert.Equal($"1:{events.Max(slice => slice.Sequence)}", first.Position);
        Assert.NotEqual(awake, slept);
        Assert.Equal(40, (await house.Models.GetMetricsAsync("m", withScenario: false, Token)).Total.Count);
        await house.StartAfterKillAsync();
        Assert.Equal(slept, await house.HashAsync("m"));
    }

    [Fact]
    public async Task Somebody_who_comes_is_answered_between_two_slices_and_ends_the_sleep()
    {
        const int slices = 100_000;
        var time = new ManualTime();
        await using var house = await OpenAtAsync("sqlite", time);
        await CreateAsync(house, "m", new SleepSpec { AfterSeconds = 5, Slices = slices });
        await house.LearnAsync("m", Rows(20));
        time.Advance(6);
        await house.Registry.KeepHouseAsync();

        var late = await house.LearnAsync("m", Row(1, 1, "up", "late"));
        Assert.Equal(LearnStatus.Learned, late.Status);
        await house.Registry.Open.Single().Sleeping;
        Assert.InRange((await house.Models.GetAsync("m", Token)).Sequence, late.Sequence!.Value, slices);
    }

    [Fact]
    public async Task Closing_does_not_wait_for_the_rest_of_a_sleep()
    {
        var time = new ManualTime();
        await using var house = await OpenAtAsync("sqlite", time);
        await CreateAsync(house, "m", new SleepSpec { AfterSeconds = 5, Slices = 100_000 });
        await house.LearnAsync("m", Rows(20));
        time.Advance(6);
        await house.Registry.KeepHouseAsync();

        await house.RestartAsync();
        var hash = await house.HashAsync("m");
        await house.StartAfterKillAsync();
        Assert.Equal(hash, await house.HashAsync("m"));
        Assert.InRange((await house.Models.GetAsync("m", Token)).Sequence, 20, 50_000);
    }

    [Fact]
    public async Task A_follower_cannot_be_put_to_sleep_on_its_own()
    {
        await using var house = await OpenAsync();
        await CreateAsync(house, "m", sleep: null);
        await CreateAsync(house, "f", sleep: null, follow: "m");
        var refused = await Assert.ThrowsAsync<ProblemException>(() => house.Models.SleepAsync("f", new SleepRequest(), null, null, Token));
        Assert.Equal(409, refused.Status);
    }

    [Fact]
    public async Task A_sleep_that_cannot_be_is_a_mistake_in_the_request()
    {
        await using var house = await OpenAsync();
        var refused = await Assert.ThrowsAsync<ProblemException>(() => CreateAsync(house, "m", new SleepSpec { AfterSeconds = 0, Slices = 0 }));
        Assert.Equal(["sleep.afterSeconds", "sleep.slices"], refused.Errors!.Keys.Order());
    }

    private static async Task<House> OpenAtAsync(string provider, TimeProvider time)
    {
        var house = await OpenAsync(provider);
        house.Time = time;
        await house.RestartAsync();
        return house;
    }

    private static Task<(ModelInfo Info, bool Created)> CreateAsync(House house, string name, SleepSpec? sleep, string? follow = null) => house.Models.CreateAsync(
        name,
        new CreateModelRequest
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = 2, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label },
            Network = new NetworkSpec
            {
                Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
                Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = [new LearningRateSpec { Rate = 0.1f }] }],
                Head = new SoftmaxHeadSpec(),
                Maintenance = [new ReplaySpec { Capacity = 10, PerEvent = 1, PerSleepSlice = 4 }],
            },
            Sleep = sleep,
            Follow = follow,
        },
        Token);

    /// <summary>One round of housekeeping, and the sleep that it began.</summary>
    private static async Task KeepHouseAsync(House house)
    {
        await house.Registry.KeepHouseAsync();
        foreach (var host in house.Registry.Open)
        {
            await host.Sleeping;
        }
    }

    private static async Task<List<HistoryEvent>> SleptAsync(House house) =>
        [.. (await house.Models.ListHistoryAsync("m", false, 1000, null, Token)).Items.Where(item => item.Kind == EventKind.Slept)];

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

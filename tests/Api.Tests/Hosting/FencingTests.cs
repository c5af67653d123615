using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class FencingTests
{
    private static readonly byte[] Garbage = [0xEE, 1, 2, 3];

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_event_that_cannot_be_folded_in_replay_fences_the_model_right_before_it_until_it_is_restored(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("bad");
        await house.LearnAsync("bad", Rows(29));
        var before = await house.HashAsync("bad");
        await house.LearnAsync("bad", Rows(11, 29));
        await house.StartAfterKillAsync();
        await house.PoisonAsync(30, Poison);
        await house.CreateAsync("good");

        var info = await house.Models.GetAsync("bad", Token);
        var refused = await Assert.ThrowsAsync<ProblemException>(() => house.LearnAsync("bad", Row(1, 1, "up")));
        using (var lease = await house.Models.AcquireAsync("bad", Token))
        {
            Assert.Equal(new Position(1, 29), await lease.PredictAsync(Row(1, 1, "up").Payload, new PredictionBuffer(), Token));
        }

        Assert.Equal((ModelStatus.Fenced, 29L, before), (info.Status, info.Sequence, info.StateHash));
        Assert.Equal((503, ProblemTypes.Fenced), (refused.Status, refused.Type));
        Assert.Contains("Event 30", refused.Message, StringComparison.Ordinal);
        Assert.Equal(LearnStatus.Learned, (await house.LearnAsync("good", Row(1, 1, "up"))).Status);

        await house.RestartAsync();
        Assert.Equal((ModelStatus.Fenced, 29L), await StandAsync(house, "bad"));
        var newest = (await house.Models.ListSnapshotsAsync("bad", 1, null, Token)).Items.Single();
        Assert.Equal("1:29", newest.Position);
        var restored = await house.Models.RestoreAsync("bad", newest.Version, null, Token);
        var again = await house.LearnAsync("bad", Rows(40));

        Assert.Equal("2:41", restored.Position);
        Assert.Equal(29, again.Count(result => result.Status == LearnStatus.Duplicate));
        await house.StartAfterKillAsync();
        Assert.Equal((ModelStatus.Open, 52L), await StandAsync(house, "bad"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_event_that_was_learned_and_does_not_read_any_more_is_not_passed_over_in_silence(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(20));
        await house.LearnAsync("m", Row(1, 1, "up"));
        await house.StartAfterKillAsync();
        await house.PoisonAsync(10, Garbage);

        var info = await house.Models.GetAsync("m", Token);

        Assert.Equal((ModelStatus.Fenced, 9L), (info.Status, info.Sequence));
        Assert.Contains("Event 10", info.FencedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_cannot_be_folded_when_it_comes_fences_the_model_and_nothing_reads_what_it_left_behind()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(29));
        var before = await house.HashAsync("m");
        using var lease = await house.Models.AcquireAsync("m", Token);
        var bad = new LearnInput { Payload = Poison, Label = "up", HasTarget = true, EventId = "bad" };

        var failed = await Assert.ThrowsAsync<ProblemException>(() => lease.LearnAsync(bad, Token));
        var halfWay = await Assert.ThrowsAsync<ProblemException>(async () => await lease.PredictAsync(Row(1, 1, "up").Payload, new PredictionBuffer(), Token));
        var refused = await Assert.ThrowsAsync<ProblemException>(() => house.LearnAsync("m", Row(1, 1, "up")));
        var info = await house.Models.GetAsync("m", Token);

        Assert.Equal((503, ProblemTypes.Fenced), (failed.Status, failed.Type));
        Assert.Contains("Event 30", failed.Message, StringComparison.Ordinal);
        Assert.Equal((503, ProblemTypes.Unavailable), (halfWay.Status, halfWay.Type));
        Assert.Equal(ProblemTypes.Fenced, refused.Type);
        Assert.Equal((ModelStatus.Fenced, 29L, before), (info.Status, info.Sequence, info.StateHash));
        using var again = await house.Models.AcquireAsync("m", Token);
        Assert.Equal(new Position(1, 29), await again.PredictAsync(Row(1, 1, "up").Payload, new PredictionBuffer(), Token));
    }

    [Fact]
    public async Task An_event_that_does_not_fit_a_follower_is_skipped_by_it_alone()
    {
        await using var house = await OpenAsync();
        await house.CreateAsync("m");
        await house.CreateAsync("narrow", follow: "m", maxClasses: 2);

        var results = await house.LearnAsync("m", [Row(0, 0, "a"), Row(1, 1, "b"), Row(2, 2, "c"), Row(3, 3, "a")]);
        await house.RestartAsync();
        await house.LearnAsync("m", Row(4, 4, "c"));

        Assert.All(results, result => Assert.Equal(LearnStatus.Learned, result.Status));
        while ((await house.Models.GetAsync("narrow", Token)).Sequence < 5)
        {
            await Task.Yield();
        }

        var metrics = await house.Models.GetMetricsAsync("narrow", withScenario: false, Token);
        Assert.Equal((3L, 2L), (metrics.Events["learned"], metrics.Events["skipped"]));
        Assert.Equal((ModelStatus.Open, 5L), await StandAsync(house, "narrow"));
    }

    [Fact]
    public void An_event_with_a_new_label_whose_features_do_not_fit_changes_nothing()
    {
        var spec = LifelongApi.Learning.Recipes.Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector, Size = 3 } });
        using var model = Model.Create(spec);
        var before = model.Capture().StateHash();

        Assert.Throws<InvalidDataException>(() => model.Apply(new EventInput { Kind = EventKind.Learned, Sequence = 1, Payload = Row(1, 2, "new").Payload.Span }, new Outcome()));

        Assert.Empty(model.Labels);
        Assert.Equal(before, model.Capture().StateHash());
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_follower_that_meets_a_bad_event_is_fenced_alone_and_goes_on_after_a_restore(string provider)
    {
        await using var house = await OpenAsync(provider);
        await house.CreateAsync("m");
        await house.LearnAsync("m", Rows(30));
        await house.Models.CreateSnapshotAsync("m", new(), Token);
        await house.PoisonAsync(20, Poison);

        await house.CreateAsync("late", follow: "m");
        Assert.Equal((ModelStatus.Fenced, 19L), await StandAsync(house, "late"));
        Assert.Equal(31, (await house.LearnAsync("m", Row(1, 1, "up"))).Sequence);
        Assert.Equal((ModelStatus.Fenced, 19L), await StandAsync(house, "late"));
        await house.StartAfterKillAsync();
        Assert.Equal((ModelStatus.Open, 31L), await StandAsync(house, "m"));
        await house.Models.RestoreAsync("late", 1, null, Token);
        Assert.Equal(32, (await house.LearnAsync("m", Row(2, 2, "down"))).Sequence);
        Assert.Equal((ModelStatus.Open, 32L), await StandAsync(house, "late"));
    }

    private static async Task<(ModelStatus, long)> StandAsync(House house, string model)
    {
        while (true)
        {
            try
            {
                var info = await house.Models.GetAsync(model, Token);
                if (info.Status != ModelStatus.CatchingUp)
                {
                    return (info.Status, info.Sequence);
                }
            }
            catch (ProblemException mending) when (mending.Type == ProblemTypes.Unavailable)
            {
                // It went on to the bad event and is being brought back.
                await Task.Yield();
            }
        }
    }
}

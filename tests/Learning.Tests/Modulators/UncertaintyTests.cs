using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Modulators;

/// <summary>One modulator alone.</summary>
internal sealed class ModulatorRig : IDisposable
{
    private readonly Workbench _bench = new();
    private readonly IModulator _modulator;

    public ModulatorRig(Func<Workbench, IModulator> create)
    {
        _modulator = create(_bench);
        _bench.Build();
    }

    public float Surprise(float surprise) => _modulator.Sense(new StepOutcome { IsScored = true, Surprise = surprise }, _bench.Learn());

    public float Reward(float reward) => _modulator.Sense(new StepOutcome { IsRewarded = true, Reward = reward }, _bench.Learn());

    public float Nothing() => _modulator.Sense(default, _bench.Learn());

    public void Dispose() => _bench.Dispose();
}

public sealed class ExpectedUncertaintyTests
{
    private static ModulatorRig Rig(float tau = 50f) => new(bench => new ExpectedUncertainty(bench.Layout, new ExpectedUncertaintySpec { Name = "ach", TimeConstant = tau }));

    [Fact]
    public void Nothing_is_known_before_the_first_score()
    {
        using var rig = Rig();
        Assert.Equal(1f, rig.Nothing());
    }

    [Fact]
    public void The_level_is_the_running_mean_of_the_surprise()
    {
        using var rig = Rig();
        double mean = 0;
        for (var n = 1; n <= 300; n++)
        {
            var surprise = Draw.Uniform(1, n);
            mean += (surprise - mean) / Math.Min(n, 50);
            Near.Equal(mean, rig.Surprise(surprise));
        }
    }

    [Fact]
    public void It_rises_after_an_abrupt_change_and_settles_when_the_surprise_is_gone()
    {
        using var rig = Rig();
        var before = Run(rig, 0.1f);
        var during = Run(rig, 1.5f);
        var after = Run(rig, 0.1f);
        Assert.True(during > before + 0.5f);
        Assert.True(after < before + 0.05f);
    }

    [Fact]
    public void Events_without_a_target_leave_it_where_it_is()
    {
        using var rig = Rig();
        var level = rig.Surprise(0.4f);
        Assert.Equal(level, rig.Nothing());
        Assert.Equal(level, rig.Reward(5f));
    }

    private static float Run(ModulatorRig rig, float surprise) => Enumerable.Range(0, 300).Select(_ => rig.Surprise(surprise)).ToArray()[^1];
}

public sealed class UnexpectedUncertaintyTests
{
    private static readonly UnexpectedUncertaintySpec Spec = new() { Name = "ne", Fast = 10f, Slow = 200f, Threshold = 2f };

    private static ModulatorRig Rig() => new(bench => new UnexpectedUncertainty(bench.Layout, Spec));

    [Fact]
    public void The_level_follows_the_standard_errors_of_the_recent_mean()
    {
        using var rig = Rig();
        double fast = 0, slow = 0, variance = 0;
        for (var n = 1; n <= 600; n++)
        {
            var surprise = n is > 300 and < 330 ? 2f : Draw.Uniform(1, n);
            var deviation = surprise - slow;
            fast += (surprise - fast) / Math.Min(n, 10);
            slow += deviation / Math.Min(n, 200);
            variance += ((deviation * deviation) - variance) / Math.Min(n, 200);
            var z = (fast - slow) / (Math.Sqrt(variance / 19) + 1e-3);
            Near.Equal(Math.Clamp((z - 2) / 4, 0, 1), rig.Surprise(surprise), 1e-4);
        }
    }

    [Fact]
    public void It_rises_after_an_abrupt_change_and_settles_although_the_world_stays_changed()
    {
        using var rig = Rig();
        for (var n = 0; n < 600; n++)
        {
            rig.Surprise(0.2f * Draw.Uniform(2, n));
        }

        var highest = Enumerable.Range(0, 40).Max(n => rig.Surprise(1f + (0.2f * Draw.Uniform(3, n))));
        var settled = Enumerable.Range(0, 1500).Select(n => rig.Surprise(1f + (0.2f * Draw.Uniform(4, n)))).ToArray()[^1];

        Assert.True(highest > 0.9f, $"highest level {highest}");
        Assert.Equal(0f, settled);
    }

    [Fact]
    public void Steady_noise_rarely_counts_as_a_surprise()
    {
        using var rig = Rig();
        var levels = Enumerable.Range(0, 3000).Select(n => rig.Surprise(Draw.Uniform(5, n))).Skip(500).ToArray();
        Assert.InRange(levels.Count(level => level > 0.25f) / (double)levels.Length, 0, 0.03);
    }

    [Fact]
    public void Good_news_is_no_surprise()
    {
        using var rig = Rig();
        for (var n = 0; n < 500; n++)
        {
            rig.Surprise(1f);
        }

        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(0f, rig.Surprise(0f)));
    }
}

public sealed class RewardPredictionErrorTests
{
    private static ModulatorRig Rig() => new(bench => new RewardPredictionError(bench.Layout, new RewardPredictionErrorSpec { Name = "da", TimeConstant = 20f }));

    [Fact]
    public void The_level_is_the_reward_beyond_its_running_mean_within_one()
    {
        using var rig = Rig();
        double mean = 0;
        for (var n = 1; n <= 200; n++)
        {
            var reward = Draw.Normal(1, n);
            Near.Equal(Math.Clamp(reward - mean, -1, 1), rig.Reward(reward));
            mean += (reward - mean) / Math.Min(n, 20);
        }
    }

    [Fact]
    public void A_reward_that_has_become_usual_excites_no_more_and_its_omission_disappoints()
    {
        using var rig = Rig();
        Assert.Equal(1f, rig.Reward(1f));
        for (var n = 0; n < 300; n++)
        {
            rig.Reward(1f);
        }

        Assert.Equal(0f, rig.Reward(1f), 0.01f);
        Assert.Equal(-1f, rig.Reward(0f), 0.05f);
    }

    [Fact]
    public void An_event_without_a_reward_says_nothing()
    {
        using var rig = Rig();
        rig.Reward(1f);
        Assert.Equal(0f, rig.Nothing());
        Assert.Equal(0f, rig.Surprise(3f));
    }
}

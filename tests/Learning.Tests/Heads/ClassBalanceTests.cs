using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Heads;

public sealed class ClassBalanceTests
{
    private static readonly InputSpec Input = new() { Kind = InputKind.Vector, Size = 4 };

    [Fact]
    public void The_factor_is_the_inverse_class_frequency_within_the_limit()
    {
        using var trial = Classifier(new BalanceSpec { Limit = 4f });
        var counts = new double[3];
        for (var n = 0; n < 300; n++)
        {
            var label = n % 25 == 3 ? 2 : n % 5 == 1 ? 1 : 0;
            trial.Learn(Draw.Normals(4, 3, n), $"class {label}");
            var id = trial.Outcome.TargetLabel;
            counts[id]++;
            var known = counts.Count(count => count > 0);
            Near.Equal(Math.Clamp(counts.Sum() / (known * counts[id]), 0.25, 4), trial.Outcome.Balance, 1e-6);
        }
    }

    [Fact]
    public void Balance_is_that_of_events_which_come_with_such_a_weight()
    {
        using var balanced = Classifier(new BalanceSpec());
        using var weighted = Classifier(null);
        for (var n = 0; n < 200; n++)
        {
            var x = Draw.Normals(4, 5, n);
            var label = n % 10 == 0 ? "rare" : "often";
            balanced.Learn(x, label, weight: 0.5f);
            weighted.Learn(x, label, 0.5f * balanced.Outcome.Balance);
            Assert.Equal(weighted.Outcome.Loss, balanced.Outcome.Loss);
        }

        Assert.Equal(weighted.Predict(Draw.Normals(4, 6, 1)), balanced.Predict(Draw.Normals(4, 6, 1)));
    }

    [Fact]
    public void On_a_stream_of_one_to_fifty_the_rare_class_is_recalled_more_often()
    {
        var plain = Recall(null);
        var balanced = Recall(new BalanceSpec { Limit = 50f });
        Assert.True(balanced.Rare > plain.Rare + 0.1, $"recall of the rare class {balanced.Rare:F3} against {plain.Rare:F3}");
        Assert.True((balanced.Rare + balanced.Often) / 2 > ((plain.Rare + plain.Often) / 2) + 0.03, $"balanced accuracy {(balanced.Rare + balanced.Often) / 2:F3} against {(plain.Rare + plain.Often) / 2:F3}");
    }

    [Fact]
    public void The_counts_are_part_of_the_state()
    {
        using var trial = Classifier(new BalanceSpec());
        for (var n = 0; n < 50; n++)
        {
            trial.Learn(Draw.Normals(4, 8, n), n % 10 == 0 ? "rare" : "often");
        }

        using var copy = trial.Copy();
        trial.Reopen();
        trial.Learn([1, 2, 3, 4], "rare");
        copy.Learn([1, 2, 3, 4], "rare");
        Assert.Equal(copy.Outcome.Balance, trial.Outcome.Balance);
        Assert.Equal(copy.Hash, trial.Hash);
        Assert.True(trial.Outcome.Balance > 1f);
    }

    [Fact]
    public void A_limit_below_one_a_probability_above_one_and_either_for_values_are_refused()
    {
        Assert.Equal("balance.limit", Mistake(new CreateModelRequest { Preset = "classifier", Balance = new BalanceSpec { Limit = 0.5f } }));
        Assert.Equal("abstainBelow", Mistake(new CreateModelRequest { Preset = "classifier", AbstainBelow = 1.5f }));
        Assert.Equal("balance", Mistake(new CreateModelRequest { Preset = "regressor", Balance = new BalanceSpec() }));
        Assert.Equal("abstainBelow", Mistake(new CreateModelRequest { Preset = "regressor", AbstainBelow = 0.5f }));
    }

    private static string Mistake(CreateModelRequest request) => Assert.Single(Assert.Throws<SpecException>(() => Presets.Expand(request)).Errors).Field;

    private static (double Rare, double Often) Recall(BalanceSpec? balance)
    {
        using var trial = Classifier(balance);
        var (rare, rareRight, often, oftenRight) = (0d, 0d, 0d, 0d);
        for (var n = 0; n < 5000; n++)
        {
            // Two clouds that overlap: what tips the scales is how frequent a class is.
            var isRare = n % 51 == 50;
            var x = Draw.Normals(4, 12, n);
            x[0] += isRare ? 1.5f : 0f;
            x[1] += isRare ? 1f : 0f;
            trial.Learn(x, isRare ? "rare" : "often");
            var isRight = trial.Outcome.Prediction.Label == trial.Outcome.TargetLabel ? 1d : 0d;
            (rare, rareRight) = isRare ? (rare + 1, rareRight + isRight) : (rare, rareRight);
            (often, oftenRight) = isRare ? (often, oftenRight) : (often + 1, oftenRight + isRight);
        }

        return (rareRight / rare, oftenRight / often);
    }

    private static Trial Classifier(BalanceSpec? balance) => new(Presets.Expand(new CreateModelRequest { Preset = "classifier", Input = Input, Balance = balance }));
}

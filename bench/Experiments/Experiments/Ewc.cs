using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>
/// Elastic weight consolidation (Kirkpatrick et al. 2017) with one penalty per task, which one anchor at the weighted mean holds exactly, and its online form with one
/// anchor at the latest weights (Schwarz et al. 2018). <c>none</c> is the same network without protection.
/// </summary>
internal sealed class Ewc : ProtectionExperiment
{
    private static readonly SoftmaxHeadSpec TaskHead = new() { Scope = ClassScope.Task };

    public override string Name => "ewc";

    public override string Protocol => "elastic weight consolidation: split MNIST ×5 task-incremental, permuted MNIST ×10 domain-incremental, one event at a time";

    protected override IReadOnlyList<Arm> Arms { get; } =
    [
        new("split", Perceptron.Of([400, 400], Chain(Restarting(0.02f, 3_000f), 20f, AnchorCentre.Mean), TaskHead), 1) { Anchor = 98.64, Bar = 98.8 },
        new("permuted", Perceptron.Of([1000, 1000], Chain(Restarting(0.03f, 15_000f), 0.05f, AnchorCentre.Mean)), 1) { PermutedTasks = 10, Anchor = 94.3, Bar = 94.6 },
        new("split-online", Perceptron.Of([400, 400], Chain(Restarting(0.02f, 3_000f), 20f, AnchorCentre.Latest), TaskHead), 1),
        new("permuted-online", Perceptron.Of([1000, 1000], Chain(Restarting(0.03f, 15_000f), 0.05f, AnchorCentre.Latest)), 1) { PermutedTasks = 10 },
        new("split-none", Perceptron.Of([400, 400], [new LearningRateSpec { Rate = 0.01f }], TaskHead), 1),
        new("permuted-none", Perceptron.Of([1000, 1000], [new LearningRateSpec { Rate = 0.01f }]), 1) { PermutedTasks = 10 },
    ];

    private static LearningRateSpec Restarting(float rate, float halfLife) => new() { Rate = rate, HalfLife = halfLife, Restarts = true };

    /// <summary>The Fisher matrix proper, over a sample of one event in eight; the pulls of sixteen events at once.</summary>
    private static TransformSpec[] Chain(LearningRateSpec rate, float strength, AnchorCentre centre) =>
    [
        new ObserveFisherSpec { Labels = FisherLabels.Expected, Interval = 8 },
        rate,
        new ElasticAnchorSpec { Strength = strength, Centre = centre, Interval = 16 },
    ];
}

using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>Synaptic intelligence (Zenke, Poole and Ganguli 2017) on the published sequences.</summary>
internal sealed class SynapticIntelligence : ProtectionExperiment
{
    public override string Name => "si";

    public override string Protocol => "synaptic intelligence: split MNIST ×5 task-incremental, permuted MNIST ×10 domain-incremental, one event at a time";

    protected override IReadOnlyList<Arm> Arms { get; } =
    [
        new("split", Perceptron.Of([400, 400], Chain(new LearningRateSpec { Rate = 0.003f }, 0.005f), new SoftmaxHeadSpec { Scope = ClassScope.Task }), 3) { Anchor = 99.14, Bar = 99.2 },
        new("permuted", Perceptron.Of([1000, 1000], Chain(new LearningRateSpec { Rate = 0.03f, HalfLife = 15_000f, Restarts = true }, 0.00003f)), 1) { PermutedTasks = 10, Anchor = 95.33, Bar = 95.5 },
    ];

    private static TransformSpec[] Chain(LearningRateSpec rate, float strength) =>
        [new ObservePathSpec(), rate, new ElasticAnchorSpec { Strength = strength }];
}

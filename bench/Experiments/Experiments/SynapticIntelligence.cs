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
        new("split", Perceptron.Of([400, 400], Chain(0.003f, 0.005f), new SoftmaxHeadSpec { Scope = ClassScope.Task }), 3) { Anchor = 99.14, Bar = 99.2 },
        new("permuted", Perceptron.Of([1000, 1000], Chain(0.01f, 0.0001f)), 1) { PermutedTasks = 10, Anchor = 95.33, Bar = 95.5 },
    ];

    private static TransformSpec[] Chain(float rate, float strength) =>
        [new ObservePathSpec(), new LearningRateSpec { Rate = rate }, new ElasticAnchorSpec { Strength = strength }];
}

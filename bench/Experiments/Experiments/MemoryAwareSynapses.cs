using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>Memory-aware synapses (Aljundi et al. 2018) on split MNIST, the output being the drives of the present task's classes.</summary>
internal sealed class MemoryAwareSynapses : ProtectionExperiment
{
    public override string Name => "mas";

    public override string Protocol => "memory-aware synapses: split MNIST ×5 task-incremental, one event at a time";

    protected override IReadOnlyList<Arm> Arms { get; } =
    [
        new(
            "split",
            Perceptron.Of(
                [400, 400],
                [new ObserveSensitivitySpec(), new LearningRateSpec { Rate = 0.003f }, new ElasticAnchorSpec { Strength = 0.002f }],
                new SoftmaxHeadSpec { Scope = ClassScope.Task }),
            3) { Anchor = 99.22, Bar = 99.2 },
    ];
}

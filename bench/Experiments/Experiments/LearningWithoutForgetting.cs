using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.Experiments.Experiments;

/// <summary>Learning without forgetting (Li and Hoiem 2017) on split MNIST: each earlier task's pair of classes is distilled on the present task's images.</summary>
internal sealed class LearningWithoutForgetting : ProtectionExperiment
{
    public override string Name => "lwf";

    public override string Protocol => "learning without forgetting: split MNIST ×5 task-incremental, one event at a time";

    protected override IReadOnlyList<Arm> Arms { get; } =
    [
        new(
            "split",
            Perceptron.Of(
                [400, 400],
                [new LearningRateSpec { Rate = 0.01f }],
                new SoftmaxHeadSpec { Scope = ClassScope.Task, Distillation = new DistillationSpec { Temperature = 2f, Strength = 1f } }),
            4) { Anchor = 99.60, Bar = 99.5 },
    ];
}

using LifelongApi.Experiments.Experiments;

namespace LifelongApi.Experiments.Harness;

/// <summary>Every experiment: one line each, in the order of the evidence table.</summary>
internal static class ExperimentTable
{
    public static readonly IReadOnlyList<Experiment> All =
    [
        new SplitMnist(),
        new Recurring(),
        new Ablation(),
        new Streams(),
        new SparseClicks(),
        new Trees(),
        new RegressionStreams(),
        new Compact(),
        new Ewc(),
        new SynapticIntelligence(),
        new MemoryAwareSynapses(),
        new LearningWithoutForgetting(),
        new Metaplasticity(),
        new BennaFusi(),
        new Replay(),
        new Slda(),
        new Fly(),
        new PrototypesOnPixels(),
        new PermutedContext(),
        new Plasticity100(),
        new SurpriseGain(),
        new RlsLong(),
        new Anomaly(),
    ];
}

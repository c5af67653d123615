using LifelongApi.Contracts.Models;

namespace LifelongApi.Experiments.Harness;

/// <summary>A question about learning with a published or stated bar. Its learners come from model specs alone, through the public compiler.</summary>
internal abstract class Experiment
{
    /// <summary>Name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What is done, in a sentence for the evidence table.</summary>
    public abstract string Protocol { get; }

    /// <summary>Seeds of a reported run.</summary>
    public virtual int DefaultSeeds => 5;

    /// <summary>The specs of its learners by role, as they are posted to the service. Seeds are set run by run.</summary>
    public abstract IReadOnlyDictionary<string, ModelSpec> Specs { get; }

    /// <summary>Runs it. The first measurement is the one it is known by.</summary>
    /// <param name="run">Data, seeds, quickness and progress.</param>
    /// <returns>What was measured.</returns>
    public abstract ExperimentResult Run(ExperimentRun run);
}

/// <summary>Measurements, and whatever else is worth reading.</summary>
/// <param name="Measurements">At least one; the first is the headline.</param>
internal sealed record ExperimentResult(params IReadOnlyList<Measurement> Measurements)
{
    /// <summary>More numbers by name: state bytes, rates, curves.</summary>
    public IReadOnlyDictionary<string, object> Details { get; init; } = new Dictionary<string, object>();
}

/// <summary>One metric over all seeds.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Values">One value a seed.</param>
internal sealed record Measurement(string Metric, IReadOnlyList<double> Values)
{
    /// <summary>The published number beside it.</summary>
    public double? Anchor { get; init; }

    /// <summary>The number that is to be reached.</summary>
    public double? Bar { get; init; }

    /// <summary>Whether the bar is a ceiling.</summary>
    public bool LowerIsBetter { get; init; }

    /// <summary>Mean over seeds.</summary>
    public double Mean => Values.Average();

    /// <summary>Standard deviation over seeds (n − 1); 0 for one seed.</summary>
    public double Deviation => Values.Count < 2 ? 0d : Math.Sqrt(Values.Sum(value => (value - Mean) * (value - Mean)) / (Values.Count - 1));

    /// <summary>Whether the mean reaches the bar; true without one.</summary>
    public bool Passed => Bar is not { } bar || (LowerIsBetter ? Mean <= bar : Mean >= bar);
}

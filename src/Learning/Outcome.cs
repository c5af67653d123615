using LifelongApi.Contracts.Learning;
using LifelongApi.Learning.Entities;

namespace LifelongApi.Learning;

/// <summary>
/// What folding one event did. One instance is reused for many events: <see cref="Model.Apply"/> overwrites every field,
/// growing the arrays only when classes were added.
/// </summary>
public sealed class Outcome
{
    /// <summary>What became of the event; for kinds without features <see cref="LearnStatus.Observed"/>.</summary>
    public LearnStatus Status { get; set; }

    /// <summary>Why the event was skipped, or why it was learned without its history, else null.</summary>
    public string? Reason
    {
        get => field ?? Lateness?.Describe();
        set => (field, Lateness) = (value, null);
    }

    /// <summary>Why the event counted as late, where it did.</summary>
    public Lateness? Lateness { get; internal set; }

    /// <summary>Whether there was a target, so that <see cref="Loss"/> and the prediction can be scored.</summary>
    public bool IsScored { get; set; }

    /// <summary>Loss of the prediction made before learning; NaN without a target.</summary>
    public float Loss { get; set; }

    /// <summary>Reusable answer given before learning.</summary>
    public PredictionBuffer Prediction { get; } = new();

    /// <summary>Class id that the shared model gave before an entity moved the answer; −1: none.</summary>
    internal int SharedLabel { get; set; }

    /// <summary>Whether the answer was less sure than the spec asks for, so that its label is withheld.</summary>
    public bool IsAbstained { get; set; }

    /// <summary>Factor on the event's weight from class balance; 1 without one.</summary>
    public float Balance { get; set; } = 1f;

    /// <summary>Class id of the target (its label is known from then on), or −1.</summary>
    public int TargetLabel { get; set; }

    /// <summary>Target numbers in their own units; the first <see cref="TargetCount"/> are valid.</summary>
    public double[] Targets { get; internal set; } = [];

    /// <summary>How many target numbers there are.</summary>
    public int TargetCount { get; set; }

    /// <summary>Root mean square weight change by plastic projection, in the order of <see cref="Model.PlasticProjections"/>.</summary>
    public float[] Plasticity { get; internal set; } = [];

    /// <summary>Share of the proposed change held back by protection, in [0, 1], in the same order.</summary>
    public float[] Protection { get; internal set; } = [];

    /// <summary>Level of every modulator after sensing this event, in the order of <see cref="Model.Modulators"/>.</summary>
    public float[] Modulators { get; internal set; } = [];

    /// <summary>Whether drift was detected on this event.</summary>
    public bool HasDrift { get; set; }

    /// <summary>Which modulators detected it, in the order of <see cref="Model.Modulators"/>.</summary>
    public bool[] Drift { get; internal set; } = [];

    /// <summary>Whether the event moved anchors.</summary>
    public bool Consolidated { get; set; }

    /// <summary>Makes the arrays as long as the program needs.</summary>
    internal void Fit(int projections, int modulators)
    {
        if (Plasticity.Length != projections)
        {
            Plasticity = new float[projections];
            Protection = new float[projections];
        }

        if (Modulators.Length != modulators)
        {
            Modulators = new float[modulators];
            Drift = new bool[modulators];
        }

        Plasticity.AsSpan().Clear();
        Protection.AsSpan().Clear();
        Drift.AsSpan().Clear();
        HasDrift = false;
    }

    /// <summary>Makes room for target numbers.</summary>
    internal Span<double> PrepareTargets(int count)
    {
        if (Targets.Length < count)
        {
            Targets = new double[count];
        }

        TargetCount = count;
        return Targets.AsSpan(0, count);
    }
}

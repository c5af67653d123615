namespace LifelongApi.Contracts.Models.Parts;

/// <summary>
/// A detector of drift as a modulator: its level is 1 on the event of a detection and decays from there, so that it can raise what a surprise raises.
/// Detections are reported with the event and in the metrics.
/// </summary>
public abstract record DriftModulatorSpec : ModulatorSpec
{
    /// <summary>τ in scored events, 1 or more: after each the level is multiplied by 1 − 1/τ; below 0.01 it is 0.</summary>
    public float TimeConstant { get; init; } = 50f;

    /// <summary>
    /// Whether a detection ends the open task and begins another, as events of the stream, where the model leads it and the caller has named no task.
    /// A detection while the level of an earlier one has not decayed to 0 belongs to the same drift.
    /// </summary>
    public bool Boundary { get; init; }
}

/// <summary>What a detector of drift watches.</summary>
public enum DriftSignal
{
    /// <summary>The loss on a scale where 1 is what knowing nothing costs, in [0, 4].</summary>
    Surprise,

    /// <summary>1 where the label was wrong, else 0. Needs a target of labels.</summary>
    Error,
}

/// <summary>ADWIN (Bifet and Gavaldà 2007): a window over the signal that is as long as its mean has not changed.</summary>
public sealed record AdwinSpec : DriftModulatorSpec
{
    /// <summary>What it watches.</summary>
    public DriftSignal Signal { get; init; } = DriftSignal.Surprise;

    /// <summary>δ, the probability of a false alarm at a test, above 0, at most 0.5.</summary>
    public float Delta { get; init; } = 0.002f;

    /// <summary>Scored events between two tests, 1 or more.</summary>
    public int Clock { get; init; } = 32;

    /// <summary>Rows of the exponential histogram, 2 … 48; the window holds at most 5 (2^rows − 1) events.</summary>
    public int Rows { get; init; } = 24;
}

/// <summary>The test of Page and Hinkley (Page 1954) for a rise of the mean of the signal.</summary>
public sealed record PageHinkleySpec : DriftModulatorSpec
{
    /// <summary>What it watches.</summary>
    public DriftSignal Signal { get; init; } = DriftSignal.Surprise;

    /// <summary>δ, the rise that is tolerated, in units of the signal, 0 or more.</summary>
    public float Delta { get; init; } = 0.005f;

    /// <summary>λ, the sum of excess at which drift is detected, above 0.</summary>
    public float Threshold { get; init; } = 50f;

    /// <summary>α by which the sum is multiplied before each event, in (0, 1].</summary>
    public float Decay { get; init; } = 0.9999f;

    /// <summary>Scored events before the first test, 1 or more.</summary>
    public int MinimumEvents { get; init; } = 30;
}

/// <summary>DDM (Gama et al. 2004): the rate of wrong labels against the lowest that it was. Needs a target of labels.</summary>
public sealed record DdmSpec : DriftModulatorSpec
{
    /// <summary>Standard deviations above the lowest rate at which drift is detected, above 0.</summary>
    public float Threshold { get; init; } = 3f;

    /// <summary>Scored events before the first test, 1 or more.</summary>
    public int MinimumEvents { get; init; } = 30;
}

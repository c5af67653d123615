namespace LifelongApi.Contracts.Models.Parts;

/// <summary>Watches the learning of a projection and tells an elastic anchor what matters. Must come first in the chain; leaves Δ as it is.</summary>
public abstract record ImportanceSpec : TransformSpec;

/// <summary>An importance that is a mean over the events since the last consolidation.</summary>
public abstract record MeanImportanceSpec : ImportanceSpec
{
    /// <summary>Every n-th event is looked at, 1 … 1,024: a sample costs a fraction.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>Events after which what was seen counts half in the mean, 1 … 1e9, so that it is of the weights as they are at the end; none: all count the same.</summary>
    public float? HalfLife { get; init; }
}

/// <summary>
/// Synaptic intelligence (Zenke, Poole and Ganguli 2017): sums raw proposal × applied change, which is how much each synapse lowered the loss on its way.
/// Must come first in the chain; leaves Δ as it is.
/// </summary>
public sealed record ObservePathSpec : ImportanceSpec
{
    /// <summary>ξ, which keeps the division by the squared distance bounded, in [1e-6, 1e6].</summary>
    public float Damping { get; init; } = 0.1f;
}

/// <summary>
/// Memory-aware synapses (Aljundi et al. 2018): the mean magnitude of the gradient of ‖output‖², carried down by an extra pass of the credit assigner.
/// Must come first in the chain of a rule <c>credit</c>; leaves Δ as it is.
/// </summary>
public sealed record ObserveSensitivitySpec : MeanImportanceSpec;

/// <summary>Metaplasticity of binarised weights (Laborieux et al. 2021): a step that would take a hidden weight towards its flip is scaled by 1 − tanh²(strength · w).</summary>
public sealed record MetaplasticSpec : TransformSpec
{
    /// <summary>m, in units of one over the hidden weight, 0 or more, at most 1e6. 0 leaves Δ as it is.</summary>
    public required float Strength { get; init; }
}

/// <summary>Benna and Fusi 2016: every weight is the first of a chain of variables on slower and slower time scales that exchange what they hold. Comes last in the chain.</summary>
public sealed record CascadeSpec : TransformSpec
{
    /// <summary>Variables in the chain, the weight included, 1 … 16. One alone forgets exponentially.</summary>
    public int Variables { get; init; } = 8;

    /// <summary>α of the couplings: the rate of the fastest, in (0, 0.5].</summary>
    public float Rate { get; init; } = 0.25f;

    /// <summary>n: couplings fall and capacities grow by this factor from variable to variable, 1.1 … 16.</summary>
    public float Ratio { get; init; } = 2f;
}

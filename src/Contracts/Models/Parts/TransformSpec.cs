using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>How a proposal is bent on its way to the weights.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(LearningRateSpec), "learningRate")]
[JsonDerivedType(typeof(MomentumSpec), "momentum")]
[JsonDerivedType(typeof(AdamSpec), "adam")]
[JsonDerivedType(typeof(AdaGradSpec), "adaGrad")]
[JsonDerivedType(typeof(ClipSpec), "clip")]
[JsonDerivedType(typeof(ModulateBySpec), "modulateBy")]
[JsonDerivedType(typeof(ObserveFisherSpec), "observeFisher")]
[JsonDerivedType(typeof(ElasticAnchorSpec), "elasticAnchor")]
[JsonDerivedType(typeof(ObservePathSpec), "observePath")]
[JsonDerivedType(typeof(ObserveSensitivitySpec), "observeSensitivity")]
[JsonDerivedType(typeof(MetaplasticSpec), "metaplastic")]
[JsonDerivedType(typeof(CascadeSpec), "cascade")]
public abstract record TransformSpec;

/// <summary>Δ ← rate · Δ, with the rate falling as rate / (1 + step / halfLife) where a half-life is given (Robbins and Monro 1951), anew after each consolidation where it restarts.</summary>
public sealed record LearningRateSpec : TransformSpec
{
    /// <summary>Step size, 0 or more, at most 10.</summary>
    public required float Rate { get; init; }

    /// <summary>Events after which the rate has halved, 1 or more; null: it stays.</summary>
    public float? HalfLife { get; init; }

    /// <summary>
    /// Whether the steps are counted from the last consolidation instead of from the first event, so that each task is begun with the full rate and ended with a small one. Needs a half-life and
    /// a <c>consolidation</c> in the network's maintenance.
    /// </summary>
    public bool Restarts { get; init; }
}

/// <summary>Polyak 1964: v ← μ v + Δ, Δ ← v; rows whose presynaptic unit is silent wait.</summary>
public sealed record MomentumSpec : TransformSpec
{
    /// <summary>Share of the last step that is kept, in [0, 1).</summary>
    public float Decay { get; init; } = 0.9f;
}

/// <summary>Kingma and Ba 2015, with bias correction per row; rows whose presynaptic unit is silent wait.</summary>
public sealed record AdamSpec : TransformSpec
{
    /// <summary>Step size, 0 or more, at most 10.</summary>
    public float Rate { get; init; } = 0.001f;

    /// <summary>Decay of the first moment, in [0, 1).</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>Decay of the second moment, in [0, 1).</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Added to the root of the second moment, above 0.</summary>
    public float Epsilon { get; init; } = 1e-8f;
}

/// <summary>Duchi, Hazan and Singer 2011: Δ over the root of the sum of its squares so far; with a decay below 1 the sum forgets.</summary>
public sealed record AdaGradSpec : TransformSpec
{
    /// <summary>Step size, 0 or more, at most 10.</summary>
    public float Rate { get; init; } = 0.1f;

    /// <summary>Share of the sum that is kept at each step, above 0, at most 1.</summary>
    public float Decay { get; init; } = 1f;

    /// <summary>Added to the root, above 0.</summary>
    public float Epsilon { get; init; } = 1e-3f;
}

/// <summary>Each element of Δ is limited to [−limit, limit].</summary>
public sealed record ClipSpec : TransformSpec
{
    /// <summary>The limit, above 0.</summary>
    public required float Limit { get; init; }
}

/// <summary>Δ ← (floor + gain · level) Δ with the level of a modulator in [0, 1].</summary>
public sealed record ModulateBySpec : TransformSpec
{
    /// <summary>Name of the modulator.</summary>
    public required string Modulator { get; init; }

    /// <summary>Factor at level 0, 0 or more.</summary>
    public float Floor { get; init; }

    /// <summary>What a level of 1 adds to the factor.</summary>
    public float Gain { get; init; } = 1f;
}

/// <summary>
/// Takes the mean square of what each synapse would do to the log-likelihood: the diagonal of the Fisher matrix (Kirkpatrick et al. 2017). Must come first in the chain; leaves Δ as it is.
/// </summary>
public sealed record ObserveFisherSpec : MeanImportanceSpec
{
    /// <summary>Whose labels it is over: those that were observed (any rule), or those that the model expects (rule <c>credit</c>, head <c>softmax</c>).</summary>
    public FisherLabels Labels { get; init; } = FisherLabels.Observed;
}

/// <summary>Whose labels the diagonal of the Fisher matrix is over.</summary>
public enum FisherLabels
{
    /// <summary>The observed label: the square of the raw proposal, the empirical Fisher matrix.</summary>
    Observed,

    /// <summary>The expectation over the model's own answer: the Fisher matrix proper, by an extra pass of the credit assigner with random signs.</summary>
    Expected,
}

/// <summary>
/// Online EWC (Schwarz et al. 2018): pulls every weight towards its anchor in proportion to its importance,
/// as an implicit step, so that it is stable at any strength. Importance and anchor move at consolidation.
/// </summary>
public sealed record ElasticAnchorSpec : TransformSpec
{
    /// <summary>λ of the penalty ½ λ F (w − w*)² times the learning rate, 0 or more.</summary>
    public required float Strength { get; init; }

    /// <summary>γ of F ← γ F + F_task, in [0, 1].</summary>
    public float Decay { get; init; } = 1f;

    /// <summary>Whether every weight is pulled in every step (the penalty of the paper) or only synapses for which the rule makes a proposal. Competitive rules need <c>proposed</c>.</summary>
    public AnchorScope Scope { get; init; } = AnchorScope.Every;

    /// <summary>Where the anchor lies after several consolidations: at the latest weights, or where the penalties of all of them together have their minimum.</summary>
    public AnchorCentre Centre { get; init; } = AnchorCentre.Latest;

    /// <summary>Events from pull to pull, 1 … 1,024: every n-th event pulls n times at once, which costs a fraction. Above 1 only with rule <c>credit</c> and scope <c>every</c>.</summary>
    public int Interval { get; init; } = 1;
}

/// <summary>Where an elastic anchor lies after several consolidations.</summary>
public enum AnchorCentre
{
    /// <summary>At the weights of the latest consolidation (online EWC).</summary>
    Latest,

    /// <summary>At the mean of the weights of all consolidations, each weighted by its importance: with decay 1 exactly the sum of one penalty per task (EWC).</summary>
    Mean,
}

/// <summary>Which weights an elastic anchor pulls in a step.</summary>
public enum AnchorScope
{
    /// <summary>All weights, silent ones by a closed form when they are next used.</summary>
    Every,

    /// <summary>The synapses for which the rule makes a proposal in this event.</summary>
    Proposed,
}

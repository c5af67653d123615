using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>How the last population is read as an answer, scored against a target and turned into credit.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SoftmaxHeadSpec), "softmax")]
[JsonDerivedType(typeof(LeastSquaresHeadSpec), "leastSquares")]
[JsonDerivedType(typeof(RegressionHeadSpec), "regression")]
[JsonDerivedType(typeof(HingeHeadSpec), "hinge")]
[JsonDerivedType(typeof(EnsembleHeadSpec), "ensemble")]
[JsonDerivedType(typeof(ValueEnsembleHeadSpec), "valueEnsemble")]
[JsonDerivedType(typeof(NoveltyHeadSpec), "novelty")]
public abstract record HeadSpec;

/// <summary>Class probabilities by softmax, cross-entropy loss, credit = target − probability. Target kind <c>label</c>.</summary>
public sealed record SoftmaxHeadSpec : HeadSpec
{
    /// <summary>Classes among which the softmax of a learn runs, its loss included. Answers always cover all classes. Default: all.</summary>
    public ClassScope Scope { get; init; } = ClassScope.All;

    /// <summary>Distillation of what the model knew at the last consolidation; null: none. With scope <c>task</c> each earlier task's classes are a softmax of their own.</summary>
    public DistillationSpec? Distillation { get; init; }
}

/// <summary>One-hot regression: the drive of a class estimates its probability, credit = target − drive. Clipped and normalised for the answer. Target kind <c>label</c>.</summary>
public sealed record LeastSquaresHeadSpec : HeadSpec
{
    /// <summary>Label contexts that can be kept, 1 … 16. 1: what a class is called never depends on the situation.</summary>
    public int Contexts { get; init; } = 1;

    /// <summary>Modulator whose level opens the door to another context (unexpected uncertainty); needed where there is more than one context.</summary>
    public string? ContextModulator { get; init; }
}

/// <summary>Numbers in units of their running spread, squared loss, credit = target − drive. Target kind <c>value</c>.</summary>
public sealed record RegressionHeadSpec : HeadSpec
{
    /// <summary>Whether targets are standardised online. Default true.</summary>
    public bool Standardise { get; init; } = true;
}

/// <summary>Which classes a head trains against each other.</summary>
public enum ClassScope
{
    /// <summary>All classes known.</summary>
    All,

    /// <summary>The classes seen since the present task began (the last <c>TaskBegan</c> event).</summary>
    Task,
}

/// <summary>
/// Learning without forgetting (Li and Hoiem 2017): at a consolidation the present weights are kept as the teacher, and each event's loss adds the
/// cross-entropy with the teacher's softened answer over the classes that it knew.
/// </summary>
public sealed record DistillationSpec
{
    /// <summary>T by which drives are divided before the softmax of teacher and learner, in [0.1, 100].</summary>
    public float Temperature { get; init; } = 2f;

    /// <summary>Weight of the distillation loss beside the loss of the label, 0 or more, at most 1e6.</summary>
    public float Strength { get; init; } = 1f;
}

/// <summary>Multi-class hinge loss: credit +margin error for the class, −margin error for its strongest rival (Crammer and Singer 2001). Target kind <c>label</c>.</summary>
public sealed record HingeHeadSpec : HeadSpec;

/// <summary>
/// Several learners of one target, each with a population and a head of its own, weighed by their recent surprise.
/// Members learn on their own; the answer is the mean of two geometric mixtures (a fast and a slow one) and one linear mixture. Target kind <c>label</c>.
/// </summary>
public sealed record EnsembleHeadSpec : HeadSpec
{
    /// <summary>The members, 2 … 32.</summary>
    public required IReadOnlyList<EnsembleMemberSpec> Members { get; init; }

    /// <summary>Step size of the weights of the fast geometric mixture, above 0, at most 1.</summary>
    public float FastRate { get; init; } = 0.02f;

    /// <summary>Step size of the weights of the slow geometric mixture, above 0, at most 1.</summary>
    public float SlowRate { get; init; } = 0.002f;

    /// <summary>Events over which the linear mixture remembers surprise, 1 … 10^9.</summary>
    public float Memory { get; init; } = 50f;

    /// <summary>Whether one more member takes part that looks at no features: the label stays as it was last with the probability with which labels did lately, else it is any other by how often it came lately.</summary>
    public bool Recent { get; init; }

    /// <summary>
    /// A class is absent once so many of its events, at the frequency it had, should have come and did not; the members that retain answer for it then, as the others have turned to what comes now.
    /// 1 … 10^9; without a member that retains it does nothing.
    /// </summary>
    public float Absence { get; init; } = 32f;
}

/// <summary>A member of an ensemble.</summary>
public sealed record EnsembleMemberSpec
{
    /// <summary>The population it reads: kind <c>identity</c>, without a size of its own and without projections from it.</summary>
    public required string Population { get; init; }

    /// <summary>How the population is read: <c>softmax</c>, <c>leastSquares</c> or <c>hinge</c>.</summary>
    public required HeadSpec Head { get; init; }

    /// <summary>Whether it keeps what it learned of classes that come no more, as least squares that forgets nothing does; it answers for them then.</summary>
    public bool Retains { get; init; }
}

/// <summary>
/// Several learners of the same numbers, each with a population of its own, weighed for every output by recent squared error. Two more take part that need no population: the last target,
/// and the mean of recent targets. Targets are standardised online; the answer is the mean of an exponentially weighted and a stacked average. Target kind <c>value</c>.
/// </summary>
public sealed record ValueEnsembleHeadSpec : HeadSpec
{
    /// <summary>Populations of the members, 2 … 32: kind <c>identity</c>, without a size of their own and without projections from them.</summary>
    public required IReadOnlyList<string> Populations { get; init; }

    /// <summary>Events over which squared errors are remembered, 1 … 10^9.</summary>
    public float Memory { get; init; } = 100f;

    /// <summary>Step size of the stacked weights, above 0, at most 1.</summary>
    public float Rate { get; init; } = 0.05f;

    /// <summary>Errors count as at most this many recent mean errors, in [1, 10^6]: an outlier teaches no more than a large error.</summary>
    public float Clip { get; init; } = 4f;
}

/// <summary>
/// How unusual an event is: its surprise −ln p under the clusters of the last population, against the surprises of the last events. Target kind <c>anomaly</c>, whose
/// <c>quantile</c> is the threshold.
/// </summary>
public sealed record NoveltyHeadSpec : HeadSpec
{
    /// <summary>Events whose surprises are the measure, 100 … 65,536.</summary>
    public int Memory { get; init; } = 2000;
}

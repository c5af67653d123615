using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>How the last population is read as an answer, scored against a target and turned into credit.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SoftmaxHeadSpec), "softmax")]
[JsonDerivedType(typeof(LeastSquaresHeadSpec), "leastSquares")]
[JsonDerivedType(typeof(RegressionHeadSpec), "regression")]
public abstract record HeadSpec;

/// <summary>Class probabilities by softmax, cross-entropy loss, credit = target − probability. Target kind <c>label</c>.</summary>
public sealed record SoftmaxHeadSpec : HeadSpec;

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

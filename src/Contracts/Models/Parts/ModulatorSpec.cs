using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>What the present moment is worth, as a level sensed once per event.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ExpectedUncertaintySpec), "expectedUncertainty")]
[JsonDerivedType(typeof(UnexpectedUncertaintySpec), "unexpectedUncertainty")]
[JsonDerivedType(typeof(RewardPredictionErrorSpec), "rewardPredictionError")]
[JsonDerivedType(typeof(AdwinSpec), "adwin")]
[JsonDerivedType(typeof(PageHinkleySpec), "pageHinkley")]
[JsonDerivedType(typeof(DdmSpec), "ddm")]
public abstract record ModulatorSpec
{
    /// <summary>Name, unique in the network, e.g. <c>acetylcholine</c>.</summary>
    public required string Name { get; init; }
}

/// <summary>Expected uncertainty, the part of acetylcholine in Yu and Dayan 2005: the running mean of the surprise, on a scale where 1 is knowing nothing.</summary>
public sealed record ExpectedUncertaintySpec : ModulatorSpec
{
    /// <summary>Events over which the mean runs, 1 or more.</summary>
    public float TimeConstant { get; init; } = 200f;
}

/// <summary>Unexpected uncertainty, the part of noradrenaline in Yu and Dayan 2005: recent surprise beyond what the long run and its spread lead one to expect.</summary>
public sealed record UnexpectedUncertaintySpec : ModulatorSpec
{
    /// <summary>Events of the recent mean, 1 or more.</summary>
    public float Fast { get; init; } = 20f;

    /// <summary>Events of the long-run mean and spread, above <c>fast</c>.</summary>
    public float Slow { get; init; } = 1000f;

    /// <summary>Standard errors of the recent mean at which the level is 0, 0 or more; it reaches 1 at three times as many.</summary>
    public float Threshold { get; init; } = 2f;
}

/// <summary>Reward beyond the running mean, the part of dopamine; level in [−1, 1], 0 for an event without a reward.</summary>
public sealed record RewardPredictionErrorSpec : ModulatorSpec
{
    /// <summary>Rewarded events over which the mean runs, 1 or more.</summary>
    public float TimeConstant { get; init; } = 100f;
}

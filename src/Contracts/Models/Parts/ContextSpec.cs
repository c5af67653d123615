namespace LifelongApi.Contracts.Models.Parts;

/// <summary>
/// Infers from the features of an event alone which context it belongs to: every context keeps mean and variance of every feature, and an event goes to the one it is most likely in.
/// Features that are like no context for some events in a row open a new one. Populations with <c>gated</c> give every context units of its own. Nobody names contexts, neither when
/// learning nor when predicting.
/// </summary>
public sealed record ContextSpec
{
    /// <summary>Most contexts, 2 … 256. When all are open, strange events go to the likeliest.</summary>
    public int MaxContexts { get; init; } = 16;

    /// <summary>Events after which a new context is judged like the others, 10 … 10^6; until then it takes every event that is like no other context.</summary>
    public int MinimumEvents { get; init; } = 200;

    /// <summary>Standard deviations of its usual surprise beyond which features are not like a context, 0 … 100.</summary>
    public float Tolerance { get; init; } = 3f;

    /// <summary>Evidence that opens a context, above 0, at most 10^6: deviations beyond the tolerance, at most 4 an event, summed over events in a row.</summary>
    public float Evidence { get; init; } = 20f;

    /// <summary>Share of the mean variance of a context that is added to the variance of each feature, above 0, at most 10.</summary>
    public float Smoothing { get; init; } = 0.1f;

    /// <summary>Events of a context over which its means run, 10 … 10^9.</summary>
    public float Memory { get; init; } = 20_000f;
}

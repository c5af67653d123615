namespace LifelongApi.Learning.Modulators;

/// <summary>How an event turned out, as modulators see it.</summary>
public readonly record struct StepOutcome
{
    /// <summary>Whether there was a target.</summary>
    public bool IsScored { get; init; }

    /// <summary>Loss of the prediction made before learning, in the head's unit.</summary>
    public float Loss { get; init; }

    /// <summary>The loss on a scale where 1 is what knowing nothing costs, in [0, 4].</summary>
    public float Surprise { get; init; }

    /// <summary>Whether the answer was the right label; false for values.</summary>
    public bool IsRight { get; init; }

    /// <summary>Whether there was a reward.</summary>
    public bool IsRewarded { get; init; }

    /// <summary>The reward.</summary>
    public float Reward { get; init; }
}

namespace LifelongApi.Contracts.Models;

/// <summary>
/// Everything that decides how a model learns: what goes in, what comes out, and every part in between.
/// A preset is expanded into such a spec when the model is created and the expanded form is what is stored,
/// so a model never changes under its owner (docs/journal.md 13).
/// </summary>
public sealed record ModelSpec
{
    /// <summary>The preset this spec was expanded from with its revision, e.g. <c>classifier@1</c>; null when every part was named by hand.</summary>
    public string? Preset { get; init; }

    /// <summary>What an event's features look like.</summary>
    public required InputSpec Input { get; init; }

    /// <summary>What is predicted.</summary>
    public required TargetSpec Target { get; init; }

    /// <summary>Populations, projections, rules, modulators and the head.</summary>
    public required NetworkSpec Network { get; init; }

    /// <summary>Seed of every keyed random draw. Same seed, same spec, same events: same bytes.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>When a learn call is acknowledged.</summary>
    public Durability Durability { get; init; } = Durability.Sync;

    /// <summary>Class-balanced learning; null: every example weighs what its event says.</summary>
    public BalanceSpec? Balance { get; init; }

    /// <summary>Probability of the most probable class below which the model abstains, above 0 and at most 1; null: it never does.</summary>
    public float? AbstainBelow { get; init; }

    /// <summary>What entities add to the shared answer; null: nothing.</summary>
    public EntitiesSpec? Entities { get; init; }

    /// <summary>When the model sleeps by itself; null: only when asked to.</summary>
    public SleepSpec? Sleep { get; init; }

    /// <summary>What is learned where no label comes for a remembered prediction; null: nothing.</summary>
    public FeedbackSpec? Feedback { get; init; }

    /// <summary>For a follower: when it takes the lead of its stream by itself; null: only when asked to.</summary>
    public ChallengeSpec? Challenge { get; init; }
}

/// <summary>When a learn call is acknowledged (docs/journal.md 14).</summary>
public enum Durability
{
    /// <summary>After the event is committed to the journal. The default.</summary>
    Sync,

    /// <summary>After the event is applied in memory; the answer carries the durable watermark. A crash loses what lies beyond it.</summary>
    Async,

    /// <summary>Nothing is journalled: no history, no duplicates, no time travel.</summary>
    None,
}

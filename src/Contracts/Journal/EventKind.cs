namespace LifelongApi.Contracts.Journal;

/// <summary>The closed list of event kinds. Numbers are stored and never change (docs/journal.md 2).</summary>
public enum EventKind : byte
{
    /// <summary>An example with a target.</summary>
    Learned = 1,

    /// <summary>An example without a target: local rules, scalers and novelty run, the head does not.</summary>
    Observed = 2,

    /// <summary>A prediction that is to be remembered.</summary>
    Predicted = 3,

    /// <summary>An action taken by a policy.</summary>
    Acted = 4,

    /// <summary>A label or reward for an earlier event.</summary>
    FedBack = 5,

    /// <summary>A step of a session.</summary>
    Stepped = 6,

    /// <summary>A task began.</summary>
    TaskBegan = 7,

    /// <summary>A task ended: given, detected or by schedule.</summary>
    TaskEnded = 8,

    /// <summary>An operator clamped, froze or scaled a modulator.</summary>
    Modulated = 9,

    /// <summary>A slice of consolidation ("sleep").</summary>
    Slept = 10,

    /// <summary>A capacity grew: room for classes, or the units of a population.</summary>
    Grew = 11,

    /// <summary>An earlier event was corrected.</summary>
    Corrected = 12,

    /// <summary>An earlier event was taken out.</summary>
    Retracted = 13,

    /// <summary>The leader went back to a version; a new lineage begins.</summary>
    Restored = 14,

    /// <summary>A new engine took over.</summary>
    EngineChanged = 15,
}

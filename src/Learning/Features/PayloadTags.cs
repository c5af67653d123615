namespace LifelongApi.Learning.Features;

/// <summary>How features are stored in a payload. Numbers are stored and never change.</summary>
public enum FeatureTag : byte
{
    /// <summary>count, float32 each.</summary>
    DenseFloats = 1,

    /// <summary>count, one byte each: whole numbers 0 … 255.</summary>
    DenseBytes = 2,

    /// <summary>count, then (index, float32).</summary>
    Sparse = 3,

    /// <summary>count, then (name id, value tag, value).</summary>
    Named = 4,

    /// <summary>An encoder's output and, where it is kept, the dense input it was given (<see cref="PayloadBuilder.Encoded"/>).</summary>
    Encoded = 5,
}

/// <summary>How a named value is stored in a payload. Numbers are stored and never change.</summary>
public enum NamedTag : byte
{
    /// <summary>float64.</summary>
    Number = 1,

    /// <summary>length, UTF-8.</summary>
    Text = 2,

    /// <summary>Nothing follows.</summary>
    True = 3,

    /// <summary>Nothing follows.</summary>
    False = 4,
}

/// <summary>How a target, and what else follows the features, is stored in a payload. Numbers are stored and never change.</summary>
public enum TargetTag : byte
{
    /// <summary>length, UTF-8.</summary>
    Label = 1,

    /// <summary>count, float64 each.</summary>
    Values = 2,

    /// <summary>float64.</summary>
    Reward = 3,

    /// <summary>Hash of an entity's name, 64 bits. Only where there is no envelope around the payload: in a predict and in a probe set.</summary>
    Entity = 4,

    /// <summary>Microseconds since 1970-01-01 UTC, 64 bits. Only where there is no envelope around the payload.</summary>
    OccurredAt = 5,

    /// <summary>Sequence and time of the event that this one answers (int64 each), its kind and why (a byte each): <see cref="FeedbackReference"/>.</summary>
    Feedback = 6,
}

namespace LifelongApi.Contracts.Models;

/// <summary>What a model predicts.</summary>
public sealed record TargetSpec
{
    /// <summary>Class names or numbers.</summary>
    public required TargetKind Kind { get; init; }

    /// <summary>For <c>label</c>: the most classes that may ever appear, 2 … 65536. Default 1024. A flood of new labels is refused beyond it.</summary>
    public int? MaxClasses { get; init; }

    /// <summary>For <c>value</c>: how many numbers are predicted at once, 1 … 4096. Default 1.</summary>
    public int? Size { get; init; }

    /// <summary>For <c>anomaly</c>: share of the last events that is taken for normal, 0.5 … 0.9999. Default 0.99.</summary>
    public double? Quantile { get; init; }
}

/// <summary>The kinds of target.</summary>
public enum TargetKind
{
    /// <summary>A class name; classes appear at run time.</summary>
    Label,

    /// <summary>One or more numbers.</summary>
    Value,

    /// <summary>Nothing: the model learns without labels what is usual, and answers how unusual an event is.</summary>
    Anomaly,
}

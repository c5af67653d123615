namespace LifelongApi.Contracts.Models;

/// <summary>What an earlier event said of a named number, as a feature of the present one.</summary>
public sealed record LagSpec
{
    /// <summary>Name of the feature, a number or a boolean (true is 1, false −1).</summary>
    public required string Feature { get; init; }

    /// <summary>How many values of the feature to go back, 1 … 1024. An event without the feature does not count.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>The present value minus the earlier one, in place of the earlier one.</summary>
    public bool Difference { get; init; }

    /// <summary>Among whose events to look. Default: those of the event's entity.</summary>
    public HistoryScope Scope { get; init; } = HistoryScope.Entity;
}

/// <summary>A statistic of the last values of a named number, the present one not among them, as a feature of the present event.</summary>
public sealed record WindowSpec
{
    /// <summary>Name of the feature, a number or a boolean (true is 1, false −1).</summary>
    public required string Feature { get; init; }

    /// <summary>Most values in the window, 2 … 1024.</summary>
    public required int Events { get; init; }

    /// <summary>Oldest age of a value in seconds of <c>occurredAt</c>, above 0. Null: any age.</summary>
    public double? Seconds { get; init; }

    /// <summary>What is told of the window. Default <c>mean</c>.</summary>
    public WindowStatistic Statistic { get; init; } = WindowStatistic.Mean;

    /// <summary>Among whose events to look. Default: those of the event's entity.</summary>
    public HistoryScope Scope { get; init; } = HistoryScope.Entity;
}

/// <summary>Statistics of a window.</summary>
public enum WindowStatistic
{
    /// <summary>The mean.</summary>
    Mean,

    /// <summary>The present value minus the mean.</summary>
    Difference,

    /// <summary>The standard deviation.</summary>
    Deviation,

    /// <summary>The smallest value.</summary>
    Minimum,

    /// <summary>The largest value.</summary>
    Maximum,
}

/// <summary>Whose events a history is made of.</summary>
public enum HistoryScope
{
    /// <summary>Those of the event's entity. Events without an entity belong together.</summary>
    Entity,

    /// <summary>All events of the stream.</summary>
    Stream,
}

/// <summary>What becomes of events whose <c>occurredAt</c> is out of order.</summary>
public sealed record OrderSpec
{
    /// <summary>What becomes of a late event. Default <c>accept</c>.</summary>
    public LatePolicy Late { get; init; } = LatePolicy.Accept;

    /// <summary>How far an event may lie behind the latest one before it is late, in seconds, 0 … 10^9.</summary>
    public double LatenessSeconds { get; init; }

    /// <summary>How far <c>occurredAt</c> may lie beyond the time of receipt, in seconds, 0 … 10^9. An event further ahead counts as late, so that one wrong clock does not make every later event late.</summary>
    public double AheadSeconds { get; init; } = 3600;

    /// <summary>Which latest event counts. Default: that of the event's entity.</summary>
    public HistoryScope Scope { get; init; } = HistoryScope.Entity;
}

/// <summary>Policies for late events.</summary>
public enum LatePolicy
{
    /// <summary>The order of arrival is the order: histories take it in where it came.</summary>
    Accept,

    /// <summary>The event is journalled and skipped: no weight changes.</summary>
    Reject,

    /// <summary>The event is learned without lags, windows and elapsed time, and does not enter them.</summary>
    IgnoreForWindows,
}

using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>What happens between steps.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConsolidationSpec), "consolidation")]
[JsonDerivedType(typeof(ReplaySpec), "replay")]
[JsonDerivedType(typeof(RenewalSpec), "renewal")]
[JsonDerivedType(typeof(GrowthSpec), "growth")]
public abstract record MaintenanceSpec;

/// <summary>
/// Moves anchors to the present weights and folds what was observed into importance: at every task end,
/// and, where a modulator is named, when its surprise has settled.
/// </summary>
public sealed record ConsolidationSpec : MaintenanceSpec
{
    /// <summary>Learned events that must lie between two consolidations, 1 or more.</summary>
    public int MinimumEvents { get; init; } = 100;

    /// <summary>Modulator whose level must have risen above <c>above</c> and fallen back to 0 to count as a settled surprise; null: task ends only.</summary>
    public string? SettledModulator { get; init; }

    /// <summary>Level that counts as a surprise, in (0, 1].</summary>
    public float Above { get; init; } = 0.5f;
}

/// <summary>
/// Keeps a few examples in the model's state and learns them again: interleaved after every learned event, and in slices of sleep.
/// What is kept is the input as the features part prepared it, the class, and the sequence of the event.
/// </summary>
public sealed record ReplaySpec : MaintenanceSpec
{
    /// <summary>Examples that fit, 1 … 10^6.</summary>
    public int Capacity { get; init; } = 500;

    /// <summary>Which examples are kept.</summary>
    public ReplayPolicy Policy { get; init; } = ReplayPolicy.Balanced;

    /// <summary>Examples learned again after each learned event, 0 … 256.</summary>
    public int PerEvent { get; init; } = 1;

    /// <summary>Examples learned again in each slice of sleep, 0 … 10,000.</summary>
    public int PerSleepSlice { get; init; } = 32;

    /// <summary>Event weight of an example that is learned again, above 0, at most 100.</summary>
    public float Weight { get; init; } = 1f;
}

/// <summary>
/// Gives the least useful units of a hidden population up for new ones, a few at a time, so that a network that has learned much can still learn.
/// Useful is what is active and has large weights to what follows.
/// </summary>
public sealed record RenewalSpec : MaintenanceSpec
{
    /// <summary>The population: hidden, with all-to-all synapses to and from it.</summary>
    public required string Population { get; init; }

    /// <summary>Share of the mature units that is renewed per event, above 0, at most 0.5.</summary>
    public float Rate { get; init; } = 1e-4f;

    /// <summary>Events for which a new unit is left alone, 1 … 10^9.</summary>
    public int Maturity { get; init; } = 100;

    /// <summary>Decay per event of the running utility, 0 … 0.999999.</summary>
    public float Decay { get; init; } = 0.99f;
}

/// <summary>
/// Gives a hidden population more units, a block at a time, while events keep surprising the model. The size of the population in the spec is what it begins with. Growing is an event
/// of the stream, which the leader's host writes at the end of a block of 64 events.
/// </summary>
public sealed record GrowthSpec : MaintenanceSpec
{
    /// <summary>The population: hidden, without a bias unit, with all-to-all synapses to and from it.</summary>
    public required string Population { get; init; }

    /// <summary>Modulator whose level tells a surprising event from a usual one.</summary>
    public required string Modulator { get; init; }

    /// <summary>Level above which an event counts as surprising, 0 … 1.</summary>
    public float Above { get; init; } = 0.5f;

    /// <summary>Surprising events in excess of usual ones that ask for a block, 1 … 10^9.</summary>
    public int Events { get; init; } = 200;

    /// <summary>Units of a block, 1 … 65,536.</summary>
    public int Block { get; init; } = 16;

    /// <summary>Most units, at least the population's size, at most 2^20.</summary>
    public required int MaxUnits { get; init; }
}

/// <summary>Which examples a replay memory keeps.</summary>
public enum ReplayPolicy
{
    /// <summary>Every learned event with the same probability (Vitter 1985).</summary>
    Reservoir,

    /// <summary>As many of each class as there are, and within a class every event with the same probability (Chrysakis and Moens 2020).</summary>
    Balanced,
}

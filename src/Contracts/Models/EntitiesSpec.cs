namespace LifelongApi.Contracts.Models;

/// <summary>
/// Personalisation: what an entity (a user, a sensor) adds to the shared answer. Each has a bias and small weights over a few features for every class or number,
/// learned from its own events beside the shared model.
/// </summary>
public sealed record EntitiesSpec
{
    /// <summary>Entities in memory, 1 … 65,536. The one whose last event lies longest back goes to the store and comes back, bit for bit, with its next event.</summary>
    public int Capacity { get; init; } = 1000;

    /// <summary>Numbers that the input is projected to, 0 … 1024. 0: a bias alone. An input with no more units is taken as it is.</summary>
    public int Features { get; init; } = 32;

    /// <summary>Share of an error that an event takes away, above 0, at most 1.</summary>
    public float Rate { get; init; } = 0.3f;

    /// <summary>Share of its own weights that an entity gives up at each of its events, 0 … 0.5: how it returns to the shared answer.</summary>
    public float Decay { get; init; } = 0.001f;
}

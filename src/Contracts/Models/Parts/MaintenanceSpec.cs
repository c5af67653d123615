using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>What happens between steps.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ConsolidationSpec), "consolidation")]
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

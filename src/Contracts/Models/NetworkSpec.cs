using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Contracts.Models;

/// <summary>
/// The learner as a graph: populations in forward order, projections between them, who assigns credit,
/// which modulators sense the moment, which head reads the answer and what runs between steps.
/// </summary>
public sealed record NetworkSpec
{
    /// <summary>Populations in forward order. The first is the input, the last is read by the head.</summary>
    public required IReadOnlyList<PopulationSpec> Populations { get; init; }

    /// <summary>Projections; each runs from an earlier to a later population.</summary>
    public required IReadOnlyList<ProjectionSpec> Projections { get; init; }

    /// <summary>Who is to blame for an error: fills every population's credit. Default: backprop.</summary>
    public CreditSpec Credit { get; init; } = new BackpropCreditSpec();

    /// <summary>How the context of an event is inferred from its features; null: there is one context.</summary>
    public ContextSpec? Context { get; init; }

    /// <summary>Modulators by name, sensed in this order once per event.</summary>
    public IReadOnlyList<ModulatorSpec> Modulators { get; init; } = [];

    /// <summary>How the last population is read and scored.</summary>
    public required HeadSpec Head { get; init; }

    /// <summary>What happens between steps, in this order.</summary>
    public IReadOnlyList<MaintenanceSpec> Maintenance { get; init; } = [];
}

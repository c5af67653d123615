using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>y = drive, where one projection lists the few units that it drives, as ferns their cells (Özuysal et al. 2010), and nobody reads the others: no event touches the silent ones.</summary>
/// <remarks>Has no dense drive, slope, credit or activity.</remarks>
/// <param name="layout">Layout of the program.</param>
/// <param name="name">Name of the population.</param>
/// <param name="units">Units.</param>
/// <param name="hasBias">Whether a constant unit follows.</param>
/// <param name="maxActive">Most units that are driven at once.</param>
public sealed class CellPopulation(LayoutBuilder layout, string name, int units, bool hasBias, int maxActive)
    : Population(layout, name, units, hasBias, maxActive, dense: false)
{
    /// <summary>Room for the projection that drives the cells.</summary>
    /// <param name="step">The step.</param>
    /// <param name="rows">Units to fill, in order.</param>
    /// <param name="values">Their activities to fill.</param>
    public void Begin(in StepContext step, out Span<int> rows, out Span<float> values) => BeginActive(step, out rows, out values);

    /// <summary>Ends the list.</summary>
    /// <param name="step">The step.</param>
    /// <param name="count">Units filled.</param>
    public void End(in StepContext step, int count) => EndActive(step, count);

    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
    }
}

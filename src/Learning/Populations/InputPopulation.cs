using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>The first population: its active list is what the feature encoder wrote. Dense activity is kept only where a rule reads it.</summary>
public sealed class InputPopulation : Population
{
    private readonly bool _dense;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the population.</param>
    /// <param name="units">Features.</param>
    /// <param name="hasBias">Whether a constant unit follows.</param>
    /// <param name="maxActive">Most features of one event.</param>
    /// <param name="dense">Whether a rule reads the dense activity.</param>
    public InputPopulation(LayoutBuilder layout, string name, int units, bool hasBias, int maxActive, bool dense)
        : base(layout, name, units, hasBias, maxActive, dense) => _dense = dense;

    /// <summary>Room for the encoder.</summary>
    /// <param name="step">The step.</param>
    /// <param name="rows">Feature numbers to fill.</param>
    /// <param name="values">Numbers to fill.</param>
    public void Begin(in StepContext step, out Span<int> rows, out Span<float> values) => BeginActive(step, out rows, out values);

    /// <summary>Ends the list.</summary>
    /// <param name="step">The step.</param>
    /// <param name="count">Features filled.</param>
    public void End(in StepContext step, int count) => EndActive(step, count);

    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
        if (!_dense)
        {
            return;
        }

        var activity = step.Write(Activity);
        activity.Clear();
        var rows = Active(step);
        var values = Values(step);
        for (var k = 0; k < rows.Length; k++)
        {
            activity[rows[k]] += values[k];
        }
    }
}

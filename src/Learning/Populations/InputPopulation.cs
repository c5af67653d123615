using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
    public void End(in StepContext step, int count)
    {
        EndActive(step, count);
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

    /// <summary>Ends the list of a dense input.</summary>
    /// <param name="step">The step.</param>
    /// <param name="count">Features filled.</param>
    /// <param name="features">All features, of which those that are not zero were filled; whole lines.</param>
    public void End(in StepContext step, int count, ReadOnlySpan<float> features)
    {
        EndActive(step, count);
        if (!_dense)
        {
            return;
        }

        var activity = step.Write(Activity);
        ref var from = ref MemoryMarshal.GetReference(features);
        ref var to = ref MemoryMarshal.GetReference(activity);
        for (nuint i = 0; i < (nuint)features.Length; i += LayoutBuilder.Line)
        {
            // A silent feature is 0, not −0.
            (Vector512.LoadUnsafe(ref from, i) + Vector512<float>.Zero).StoreUnsafe(ref to, i);
        }

        activity[Units..].Clear();
        if (HasBias)
        {
            activity[Units] = 1f;
        }
    }

    /// <inheritdoc/>
    public override void Advance(in StepContext step)
    {
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>The first population: its active list is what the feature encoder wrote. Dense activity is kept only where a rule reads it.</summary>
public sealed class InputPopulation : Population
{
    private readonly bool _dense;
    private readonly List<Slot> _rows = [];

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the population.</param>
    /// <param name="units">Features.</param>
    /// <param name="hasBias">Whether a constant unit follows.</param>
    /// <param name="maxActive">Most features of one event.</param>
    /// <param name="dense">Whether a rule reads the dense activity.</param>
    public InputPopulation(LayoutBuilder layout, string name, int units, bool hasBias, int maxActive, bool dense)
        : base(layout, name, units, hasBias, maxActive, dense) => _dense = dense;

    /// <summary>Has rows of a matrix fetched as soon as their features are known.</summary>
    /// <param name="matrix">Slot of shape [features with the bias, 16]: one line a feature.</param>
    internal void Reads(Slot matrix) => _rows.Add(matrix);

    /// <summary>Lets what belongs to a feature come near: an encoder knows it some time before the drive does, and lines of a large table come from far.</summary>
    /// <param name="feature">Feature number.</param>
    /// <param name="step">The step.</param>
    internal unsafe void Fetch(int feature, in StepContext step)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        foreach (var matrix in CollectionsMarshal.AsSpan(_rows))
        {
            if (step.IsLearning || matrix.Region == Region.Read)
            {
                Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in step.View(matrix)[feature * LayoutBuilder.Line])));
            }
        }
    }

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

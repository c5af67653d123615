using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// A few prototypes of every class; the drive of a class is that of its nearest one: drive_c = s · max over its prototypes p of (w_pᵀ x − ½‖w_p‖²), which ranks classes by
/// −½‖x − w_p‖² (Kohonen 1990; with one prototype a class the nearest class mean of Mensink et al. 2013). Column c·K + k of the weights is prototype k of class c, the bias row
/// holds −½‖w_p‖². A class without prototypes has drive 0.
/// </summary>
/// <remarks>Reserves: weights [pre + bias, classes · K] and how many events each prototype stands for [classes · K] in Read; responses [classes · K] and each class's nearest [classes] in Scratch.</remarks>
public sealed class PrototypeProjection : Projection
{
    private readonly float _sharpness;
    private readonly Slot _responses;
    private readonly Slot _nearest;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population, with a bias.</param>
    /// <param name="post">The last population; one unit per class that fits.</param>
    /// <param name="spec">Prototypes per class and sharpness.</param>
    public PrototypeProjection(LayoutBuilder layout, string name, Population pre, Population post, PrototypeConnectionSpec spec)
        : base(layout, name, pre, post, pre.Count, checked(post.Units * spec.PerClass))
    {
        PerClass = spec.PerClass;
        _sharpness = spec.Sharpness;
        Counts = layout.Vector(Region.Read, $"{name}.prototypeCounts", ColumnCount);
        _responses = layout.Vector(Region.Scratch, $"{name}.prototypeResponses", ColumnCount);
        _nearest = layout.Vector(Region.Scratch, $"{name}.nearest", post.Units);
    }

    /// <summary>K, prototypes per class.</summary>
    public int PerClass { get; }

    /// <summary>Events that each prototype stands for; 0 for one that is not in use. The rule of the projection writes it.</summary>
    public Slot Counts { get; }

    /// <summary>Prototypes of a class that are in use; they come first.</summary>
    /// <param name="label">Class id.</param>
    /// <param name="step">The step.</param>
    /// <returns>0 … <see cref="PerClass"/>.</returns>
    public int InUse(int label, in StepContext step)
    {
        var counts = step.View(Counts).Slice(label * PerClass, PerClass);
        var used = 0;
        while (used < counts.Length && counts[used] > 0f)
        {
            used++;
        }

        return used;
    }

    /// <summary>Column of the class's prototype nearest to the input of this step, or −1.</summary>
    /// <param name="label">Class id.</param>
    /// <param name="step">The step, after the forward pass.</param>
    /// <returns>The column.</returns>
    public int Nearest(int label, in StepContext step) => step.ViewIntegers(_nearest)[label];

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var responses = step.Write(_responses);
        responses.Clear();
        RowKernels.AccumulateRows(step.View(Weights), Stride, Pre.Active(step), Pre.Values(step), responses);
        var nearest = step.WriteIntegers(_nearest);
        var drive = step.Write(Post.Drive);
        for (var label = 0; label < Post.Units; label++)
        {
            var used = InUse(label, step);
            nearest[label] = -1;
            if (used > 0)
            {
                // By index, not by Max: a NaN must stay visible to the guard.
                var own = responses.Slice(label * PerClass, used);
                var best = Math.Max(0, Reduction.IndexOfMax(own));
                nearest[label] = (label * PerClass) + best;
                drive[label] += _sharpness * own[best];
            }
        }
    }
}

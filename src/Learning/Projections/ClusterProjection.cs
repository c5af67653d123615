using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Numerics;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Projections;

/// <summary>
/// A mixture of Gaussians with diagonal covariance, one component per postsynaptic unit (Yamanishi et al. 2004, section 3.3, with the diagonal for the full matrix):
/// drive_j = ln π_j − ½ Σ_i ((x_i − w_ij)² / v_ij + ln v_ij) + ½ n ln floor. The last term is the same for all and keeps features that never move at zero. A unit that is not in use has drive 0.
/// </summary>
/// <remarks>
/// Reserves: means as weights and precisions 1 / v [pre, units], Σ ln(v / floor), shares π and events per unit [units], mean and variance of every feature over all events [pre] and
/// events seen in Read; distances in Scratch. The rule of the projection writes them.
/// </remarks>
public sealed class ClusterProjection : Projection
{
    private readonly Slot _distances;

    /// <summary>Reserves the slots.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="name">Name of the projection.</param>
    /// <param name="pre">Presynaptic population, with dense activity.</param>
    /// <param name="post">The last population; one unit per cluster.</param>
    /// <param name="spec">Least variance.</param>
    public ClusterProjection(LayoutBuilder layout, string name, Population pre, Population post, ClusterConnectionSpec spec)
        : base(layout, name, pre, post, pre.Units, post.Units)
    {
        Floor = spec.Floor;
        Precisions = layout.Matrix(Region.Read, $"{name}.precisions", pre.Units, post.Units);
        LogVariances = layout.Vector(Region.Read, $"{name}.logVariances", post.Units);
        Shares = layout.Vector(Region.Read, $"{name}.shares", post.Units);
        Events = layout.Vector(Region.Read, $"{name}.clusterEvents", post.Units);
        Means = layout.Vector(Region.Read, $"{name}.featureMeans", pre.Units);
        Variances = layout.Vector(Region.Read, $"{name}.featureVariances", pre.Units);
        Seen = layout.Vector(Region.Read, $"{name}.eventsSeen", 1);
        _distances = layout.Vector(Region.Scratch, $"{name}.distances", post.Units);
    }

    /// <summary>Least variance of a feature.</summary>
    public float Floor { get; }

    /// <summary>1 / v; shape [pre, stride].</summary>
    public Slot Precisions { get; }

    /// <summary>Σ_i ln(v_ij / floor); shape [units].</summary>
    public Slot LogVariances { get; }

    /// <summary>π; shape [units].</summary>
    public Slot Shares { get; }

    /// <summary>Events that each cluster stands for; 0 for a unit that is not in use. Units in use come first.</summary>
    public Slot Events { get; }

    /// <summary>Mean of every feature over all events; shape [pre].</summary>
    public Slot Means { get; }

    /// <summary>Variance of every feature over all events; shape [pre].</summary>
    public Slot Variances { get; }

    /// <summary>Events seen, at most 10^6.</summary>
    public Slot Seen { get; }

    /// <summary>Clusters in use.</summary>
    /// <param name="step">The step.</param>
    /// <returns>0 … units.</returns>
    public int InUse(in StepContext step)
    {
        var events = step.View(Events)[..Post.Units];
        var used = 0;
        while (used < events.Length && events[used] > 0f)
        {
            used++;
        }

        return used;
    }

    /// <inheritdoc/>
    public override void Transmit(in StepContext step)
    {
        var distances = step.Write(_distances);
        distances.Clear();
        ref var sum = ref MemoryMarshal.GetReference(distances);
        ref var weights = ref MemoryMarshal.GetReference(step.View(Weights));
        ref var precisions = ref MemoryMarshal.GetReference(step.View(Precisions));
        var activity = step.View(Pre.Activity);
        for (var row = 0; row < Pre.Units; row++)
        {
            var x = Vector512.Create(activity[row]);
            for (var j = 0; j < Stride; j += LayoutBuilder.Line)
            {
                var place = (nuint)((row * Stride) + j);
                var away = x - Vector512.LoadUnsafe(ref weights, place);
                Vector512.FusedMultiplyAdd(away * away, Vector512.LoadUnsafe(ref precisions, place), Vector512.LoadUnsafe(ref sum, (nuint)j)).StoreUnsafe(ref sum, (nuint)j);
            }
        }

        var drive = step.Write(Post.Drive);
        var used = InUse(step);
        for (var j = 0; j < used; j++)
        {
            drive[j] += Elementary.Log(MathF.Max(step.View(Shares)[j], 1e-6f)) - (0.5f * (distances[j] + step.View(LogVariances)[j]));
        }
    }
}

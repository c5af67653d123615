using LifelongApi.Contracts.Models;

namespace LifelongApi.Learning.Compilation;

/// <content>Inputs and targets.</content>
internal sealed partial class SpecValidator
{
    /// <summary>Checks an input on its own, with preset defaults filled in or not.</summary>
    public void CheckInput(InputSpec input)
    {
        switch (input.Kind)
        {
            case InputKind.Image:
                Range("input.height", input.Height, 1, 4096, required: true);
                Range("input.width", input.Width, 1, 4096, required: true);
                Range("input.channels", input.Channels, 1, 64);
                Absent("input.size", input.Size, "an image's size is height × width × channels; leave it out");
                if ((long)(input.Height ?? 1) * (input.Width ?? 1) * (input.Channels ?? 1) > 1 << 24)
                {
                    Add("input", "an image may have at most 2^24 numbers; make it smaller");
                }

                break;
            case InputKind.Named:
                Range("input.hashBits", input.HashBits, 4, 24, required: true);
                Range("input.maxActive", input.MaxActive, 1, 65536);
                Absent("input.size", input.Size, "named features have no size; use hashBits");
                if (input.Standardise == Standardisation.Scale)
                {
                    Add("input.standardise", "named features are standardised 'perFeature' or 'none'");
                }

                break;
            default:
                Range("input.size", input.Size, 1, 1 << 24, required: true);
                if (input.Kind == InputKind.Sparse)
                {
                    Range("input.maxActive", input.MaxActive, 1, 65536);
                    if (input.Standardise == Standardisation.PerFeature)
                    {
                        Add("input.standardise", "sparse features are standardised with 'scale' or 'none', so that zero stays zero");
                    }
                }

                break;
        }

        if (input.Kind != InputKind.Image)
        {
            Absent("input.height", input.Height, "only images have a height; leave it out or use kind 'image'");
            Absent("input.width", input.Width, "only images have a width; leave it out or use kind 'image'");
            Absent("input.channels", input.Channels, "only images have channels; leave it out or use kind 'image'");
        }

        if (input.Kind != InputKind.Named)
        {
            Absent("input.hashBits", input.HashBits, "only named features are hashed; leave it out or use kind 'named'");
        }

        if (input.Kind != InputKind.Named)
        {
            Absent("input.categories", input.Categories, "only named numbers are read as categories too; leave it out");
        }

        Range("input.categories", input.Categories, 0, 64);
        if (input.Categories > 0 && input.HashBits > 16)
        {
            Add("input.categories", "a table of more than 2^16 places keeps no values; leave categories out or lower hashBits");
        }

        CheckHistory(input);
        if (input.Kind is InputKind.Vector or InputKind.Image)
        {
            Absent("input.maxActive", input.MaxActive, "dense inputs always carry every feature; leave it out");
        }
    }

    /// <summary>Checks a target on its own.</summary>
    public void CheckTarget(TargetSpec target)
    {
        if (target.Kind != TargetKind.Anomaly && target.Quantile is not null)
        {
            Add("target.quantile", "only anomalies have a threshold; leave it out or use kind 'anomaly'");
        }

        if (target.Kind == TargetKind.Anomaly)
        {
            Range("target.quantile", target.Quantile, 0.5, 0.9999);
            Absent("target.maxClasses", target.MaxClasses, "anomalies have no classes; leave it out or use kind 'label'");
            Absent("target.size", target.Size, "anomalies have no size; leave it out or use kind 'value'");
        }
        else if (target.Kind == TargetKind.Label)
        {
            Range("target.maxClasses", target.MaxClasses, 2, 65536);
            Absent("target.size", target.Size, "labels have no size; leave it out or use kind 'value'");
        }
        else
        {
            Range("target.size", target.Size, 1, 4096);
            Absent("target.maxClasses", target.MaxClasses, "values have no classes; leave it out or use kind 'label'");
        }
    }
}
